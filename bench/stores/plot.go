package main

import "math"

// plotOf draws what publishing, and publishing with delivery, costs over the number of subscribers.
func plotOf(r *report) plot {
	return plot{
		title:  "Dollars for a million messages, by how many have subscribed",
		panels: []panel{publishPanel(r), deliverPanel(r)},
		notes: []note{
			{"", "counted on a real server or emulator"},
			{"other", "a log and cursors, by the model"},
			{"other queue", "a queue per subscriber, for comparison"},
		},
	}
}

// styles are the colours of tariffs.
var styles = map[string]string{"dynamodb": "dynamo", "firestore": "fire"}

// publishPanel shows what publishing costs, whoever reads.
func publishPanel(r *report) panel {
	p := panel{title: "publishing"}
	for _, t := range r.plotted() {
		publish := r.average(t.kind)[opPublish]
		flat := line{label: t.name, style: styles[t.kind], points: decades(func(float64) float64 { return t.million(publish, 1) })}
		for _, f := range r.figures(t.kind, opPublish) {
			flat.marks = append(flat.marks, point{float64(f.Subscribers), t.million(f.Mean, 1)})
		}
		q := queueModel{messageBytes: storedMessage, perDocument: t.kind == "firestore"}
		queue := line{label: "into queues", style: styles[t.kind] + " queue"}
		queue.points = decades(func(n float64) float64 { return t.million(q.publish(n), 0) })
		p.lines = append(p.lines, flat, queue)
	}
	return p
}

// plotted are the tariffs in the plot: one for each kind.
func (r *report) plotted() []tariff {
	var list []tariff
	for _, t := range r.priced() {
		if len(list) == 0 || list[len(list)-1].kind != t.kind {
			list = append(list, t)
		}
	}
	return list
}

// deliverPanel shows what it costs until all have got and confirmed what was published, on DynamoDB.
func deliverPanel(r *report) panel {
	p := panel{title: "publishing, delivering and confirming (DynamoDB)"}
	for _, t := range r.plotted() {
		if t.kind != "dynamodb" {
			continue
		}
		one, many := r.models(t)
		q := queueModel{messageBytes: storedMessage}
		queue := line{label: "queues", style: "other queue", points: decades(func(n float64) float64 { return q.all(t, n, 1) })}
		single := line{label: "1 message a poll", style: "dynamo", points: decades(one.all)}
		for _, f := range r.Fans {
			if f.Store == t.kind && f.Polling == f.Subscribers {
				single.marks = append(single.marks, point{float64(f.Subscribers), t.million(f.Units, 1)})
			}
		}
		batch := line{label: "10 messages a poll", style: "batch", points: decades(many.all)}
		p.lines = append(p.lines, queue, single, batch)
	}
	return p
}

// models are what one message costs by what was counted: delivered alone, and ten at a time.
func (r *report) models(t tariff) (one, many perMessage) {
	c := r.average(t.kind)
	one = logModel(t, c[opPublish], c[opDeliver], c[opConfirm], 1)
	return one, logModel(t, c[opPublish], c[opDeliverTen], c[opConfirm], ten)
}

// decades returns a line from one subscriber to a million, with two points in each power of ten.
func decades(of func(subscribers float64) float64) []point {
	var points []point
	for half := range 2*6 + 1 {
		n := math.Pow(10, float64(half)/2)
		points = append(points, point{n, of(n)})
	}
	return points
}
