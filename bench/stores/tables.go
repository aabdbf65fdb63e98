package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tablesOf returns all that a report says, in the order of the document.
func tablesOf(r *report) []*table {
	tables := []*table{verbsTable(r), unitsTable(r), moneyTable(r), requestTable(r)}
	tables = append(tables, fanTable(r), growthTable(r), monthTable(r))
	return append(tables, crushTable(r), latencyTable(r))
}

// measuredKinds are the kinds that a report has figures of.
func measuredKinds(r *report) []*kind {
	var list []*kind
	for _, k := range kinds {
		if slices.ContainsFunc(r.Figures, func(f figure) bool { return f.Store == k.name }) {
			list = append(list, k)
		}
	}
	return list
}

// figures returns those of one operation on one kind, by rising numbers of subscribers.
func (r *report) figures(kind, operation string) []figure {
	var list []figure
	for _, f := range r.Figures {
		if f.Store == kind && f.Operation == operation {
			list = append(list, f)
		}
	}
	return list
}

// verbsTable says what each operation asks of a store, whichever it is.
func verbsTable(r *report) *table {
	t := &table{name: "verbs", title: "What one operation asks of the store", head: []string{"operation", "asks"}}
	for _, op := range operations {
		if verbs := r.verbs(op); verbs != "" {
			t.add(op, verbs)
		}
	}
	return t
}

// verbs returns what all kinds are asked for an operation or, where that is not the same, what each of them is.
func (r *report) verbs(operation string) string {
	var all, different []string
	for _, k := range measuredKinds(r) {
		verbs := cmp.Or(same(r.figures(k.name, operation), func(f figure) string { return f.Verbs }), "nothing")
		all = append(all, k.title+": "+verbs)
		if !slices.Contains(different, verbs) {
			different = append(different, verbs)
		}
	}
	if len(different) > 1 {
		return strings.Join(all, "; ")
	}
	return strings.Join(different, "")
}

// unitsTable says what each operation is charged.
func unitsTable(r *report) *table {
	t := &table{name: "units", title: "What it is charged: reads + writes", head: []string{"operation"}}
	var charging []*kind
	for _, k := range measuredKinds(r) {
		if k.units != "" {
			charging = append(charging, k)
			t.head = append(t.head, k.title+", "+k.units)
		}
	}
	if len(charging) == 0 {
		return t
	}
	for _, op := range operations {
		row := []string{op}
		for _, k := range charging {
			row = append(row, r.charged(k.name, op))
		}
		t.add(row...)
	}
	return t
}

// charged says what the usual operation costs and, where it differs, what all of them cost on average.
func (r *report) charged(kind, operation string) string {
	usual := same(r.figures(kind, operation), func(f figure) string { return sum(f.Usual) })
	mean := sum(r.average(kind)[operation])
	if mean == usual {
		return usual
	}
	return fmt.Sprintf("%s (mean %s)", usual, mean)
}

func sum(u units) string { return number(u.Reads) + " + " + number(u.Writes) }

// same returns what all figures say alike or, where they do not, what those with the fewest and the most subscribers say.
func same(figures []figure, say func(figure) string) string {
	if len(figures) == 0 {
		return ""
	}
	first, last := figures[0], figures[len(figures)-1]
	for _, f := range figures {
		if say(f) != say(first) {
			return fmt.Sprintf("%s to %s", say(first), say(last))
		}
	}
	return say(first)
}

// average returns what each operation costs on one kind, over all that was measured.
func (r *report) average(kind string) counted {
	c := counted{}
	for _, op := range operations {
		samples := 0
		for _, f := range r.figures(kind, op) {
			samples += f.Samples
			c[op] = c[op].plus(f.Mean.times(float64(f.Samples)))
		}
		c[op] = c[op].times(1 / float64(max(samples, 1)))
	}
	return c
}

// priced are the tariffs for which something was measured.
func (r *report) priced() []tariff {
	return slices.DeleteFunc(slices.Clone(tariffs), func(t tariff) bool { return len(r.figures(t.kind, opPublish)) == 0 })
}

// moneyTable says what a million operations cost in the store.
func moneyTable(r *report) *table {
	t := &table{name: "money", title: "Dollars for a million operations, the store alone", head: []string{"operation"}}
	list := r.priced()
	for _, p := range list {
		t.head = append(t.head, p.name)
	}
	if len(list) == 0 {
		return t
	}
	for _, op := range operations {
		row := []string{op}
		for _, p := range list {
			row = append(row, dollars(p.million(r.average(p.kind)[op], leftBehind(op))))
		}
		t.add(row...)
	}
	return t
}

// leftBehind is how many items an operation leaves that nothing but their time to live removes.
func leftBehind(op string) float64 {
	if op == opPublish {
		return 1
	}
	return 0
}

// requestTable says what a million requests cost in all on AWS, and how much of it is the store's.
func requestTable(r *report) *table {
	t := &table{name: "requests", title: "Dollars for a million requests on AWS: what each part takes", head: []string{"operation", "DynamoDB", "Lambda"}}
	for _, d := range doors[1:] { // the first one is free
		t.head = append(t.head, d.name)
	}
	for _, d := range doors {
		t.head = append(t.head, "all, by "+d.name)
	}
	if len(r.figures("dynamodb", opPublish)) == 0 {
		return t
	}
	for _, op := range []string{opPublish, opIdle, opDeliver, opConfirm, opBoth} {
		store := tariffs[0].million(r.average("dynamodb")[op], leftBehind(op))
		row := []string{op, dollars(store), dollars(lambda.million())}
		for _, d := range doors[1:] {
			row = append(row, dollars(d.request))
		}
		for _, d := range doors {
			row = append(row, dollars(store+lambda.million()+d.request))
		}
		t.add(row...)
	}
	return t
}

// fanTable says what one message costs until all have confirmed it, as it was counted.
func fanTable(r *report) *table {
	t := &table{name: "fan", title: "One message until all have got and confirmed it, as counted: reads + writes", head: []string{"subscribers"}}
	var measured []*kind
	for _, k := range measuredKinds(r) {
		if k.units != "" {
			measured = append(measured, k)
			t.head = append(t.head, k.title)
		}
	}
	var counts []int
	for _, f := range r.Fans {
		counts = append(counts, f.Subscribers)
	}
	slices.Sort(counts)
	for _, n := range slices.Compact(counts) {
		row := []string{grouped(int64(n))}
		for _, k := range measured {
			row = append(row, r.fan(k.name, n))
		}
		if len(measured) > 0 {
			t.add(row...)
		}
	}
	return t
}

func (r *report) fan(kind string, subscribers int) string {
	for _, f := range r.Fans {
		switch {
		case f.Store != kind || f.Subscribers != subscribers:
		case f.Polling < f.Subscribers:
			return fmt.Sprintf("%s for %s of them", sum(f.Units), grouped(int64(f.Polling)))
		default:
			return sum(f.Units)
		}
	}
	return ""
}

// pollSeconds is how often clients poll in the examples.
const pollSeconds = 3

// growthTable says what changes from one subscriber to a million.
func growthTable(r *report) *table {
	t := &table{
		name: "growth", title: "Dollars for a million messages on DynamoDB, by the model",
		head: []string{"subscribers", "publish", "into queues", "and deliver, 1 a poll", "with queues", "and deliver, 10 a poll", "with queues",
			"reads/s of the log, a poll every 3 s", "of what one partition gives"},
	}
	if len(r.figures("dynamodb", opPublish)) == 0 {
		return t
	}
	one, many := r.models(tariffs[0])
	q := queueModel{messageBytes: storedMessage}
	for n := 1.0; n <= 1e6; n *= 10 {
		t.add(grouped(int64(n)), dollars(one.publish), dollars(tariffs[0].million(q.publish(n), 0)),
			dollars(one.all(n)), dollars(q.all(tariffs[0], n, 1)), dollars(many.all(n)), dollars(q.all(tariffs[0], n, ten)),
			number(logReads(n, pollSeconds)), number(100*logReads(n, pollSeconds)/partitionReads)+" %")
	}
	return t
}

// storedMessage is about how many bytes the messages of the benchmark take in the store.
const storedMessage = 300

// chat is the example of a month's bill.
var chat = room{people: 100, hoursOfDay: 8, pollSeconds: pollSeconds, messagesOfMinute: 10}

// monthTable says what a month costs.
func monthTable(r *report) *table {
	t := &table{
		name: "month", title: "Dollars a month",
		head: []string{"store", "1 client, polls only", "chat of 100", "with Lambda and function URL", "and HTTP API", "and REST API"},
	}
	for _, p := range r.priced() {
		c := r.average(p.kind)
		month := chat.month(p, c, p.kind == "firestore")
		row := []string{p.name, dollars(p.million(c[opIdle], 0) * pollsOfMonth(pollSeconds) / 1e6), dollars(month)}
		for _, d := range doors {
			cell := ""
			if p.kind == "dynamodb" {
				cell = dollars(month + (chat.polls()+chat.messages())*(lambda.million()+d.request)/1e6)
			}
			row = append(row, cell)
		}
		t.add(row...)
	}
	return t
}

func crushTable(r *report) *table {
	t := &table{
		name: "crush", title: fmt.Sprintf("%d publishers at once, to one log", crushPublishers),
		head: []string{"store", "processes", "puts a message", "reads a message", "charged a message", "messages/s"},
	}
	for _, f := range r.Crushes {
		t.add(kindOf(f.Store).title, strconv.Itoa(f.Processes), number(f.Asked.Writes), number(f.Asked.Reads), f.bill(), number(f.Rate))
	}
	return t
}

// bill is what the driver has charged for a message; nothing where it charges nothing.
func (f crushFigure) bill() string {
	if kindOf(f.Store).units == "" {
		return ""
	}
	return sum(f.Units)
}

// quick are the operations whose latency is worth a column.
var quick = []string{opPublish, opIdle, opDeliver, opDeliverTen, opConfirm}

func latencyTable(r *report) *table {
	t := &table{name: "latency", title: "Latency in ms: p50, p99", head: []string{"store", "subscribers"}}
	t.head = append(t.head, quick...)
	for _, k := range measuredKinds(r) {
		for _, f := range r.figures(k.name, opPublish) {
			row := []string{k.title, grouped(int64(f.Subscribers))}
			for _, op := range quick {
				row = append(row, r.latency(k.name, op, f.Subscribers))
			}
			t.add(row...)
		}
	}
	return t
}

func (r *report) latency(kind, operation string, subscribers int) string {
	for _, f := range r.figures(kind, operation) {
		if f.Subscribers == subscribers {
			return fmt.Sprintf("%.2f, %.2f", f.P50, f.P99)
		}
	}
	return ""
}
