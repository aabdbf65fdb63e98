package main

import "math"

// A perMessage is what one message costs by a model.
type perMessage struct {
	publish float64 // dollars a million messages
	deliver float64 // dollars a million deliveries to one subscriber: a poll that delivers, and the next, which confirms
}

// all is what a million messages cost until all subscribers have got them.
func (m perMessage) all(subscribers float64) float64 { return m.publish + subscribers*m.deliver }

// logModel is a log per topic and a cursor per subscriber, as Patchbay has it, from what was counted.
func logModel(t tariff, publish, deliver, confirm units, batch float64) perMessage {
	return perMessage{
		publish: t.million(publish, 1),
		deliver: t.million(deliver.plus(confirm), 0) / batch,
	}
}

// A queueModel is a queue per subscriber, to compare with: a publish reads the list of subscribers and writes into every queue, a poll reads
// the queue, and what was read is deleted. It is not how Patchbay works.
type queueModel struct {
	messageBytes float64
	perDocument  bool // every item that is read is charged, as Firestore does; else by size
}

// What DynamoDB reads for one unit, and what a subscriber takes in the list.
const (
	unitBytes       = 4096
	subscriberBytes = 120
)

// publish is what a message costs that goes into so many queues.
func (q queueModel) publish(subscribers float64) units {
	if q.perDocument {
		return units{Reads: subscribers, Writes: subscribers}
	}
	return units{Reads: math.Ceil(subscribers * subscriberBytes / unitBytes), Writes: subscribers}
}

// deliver is what a poll costs that takes so many messages out of a queue, without the deletes.
func (q queueModel) deliver(batch float64) units {
	if q.perDocument {
		return units{Reads: 1 + batch} // the session, and each message
	}
	return units{Reads: math.Ceil(batch * q.messageBytes / unitBytes)} // one query finds session and queue
}

// idle is what a poll costs that finds nothing.
func (q queueModel) idle() units {
	if q.perDocument {
		return units{Reads: 2} // the session, and a query that finds nothing
	}
	return units{Reads: 1}
}

// all is what a million messages cost until all subscribers have got them, so many with each poll, and have confirmed them with the next
// poll, which removes them.
func (q queueModel) all(t tariff, subscribers, batch float64) float64 {
	remove := t.write
	if q.perDocument {
		remove = t.expire // Firestore's price of a delete
	}
	polls := t.million(q.deliver(batch).plus(q.idle()), 0)
	return t.million(q.publish(subscribers), 0) + subscribers*(polls/batch+remove)
}

// What a month has, by the usual reckoning.
const (
	daysOfMonth    = 30
	secondsOfMonth = daysOfMonth * 24 * 3600
)

// pollsOfMonth is how many polls a client sends that is there all the time.
func pollsOfMonth(everySeconds float64) float64 { return secondsOfMonth / everySeconds }

// A room is people who chat: all of them poll, and each message goes to all.
type room struct {
	people, hoursOfDay, pollSeconds, messagesOfMinute float64
}

// polls and messages are how many there are in a month.
func (r room) polls() float64 {
	return r.people * r.hoursOfDay * 3600 / r.pollSeconds * daysOfMonth
}

func (r room) messages() float64 { return r.hoursOfDay * 60 * r.messagesOfMinute * daysOfMonth }

// delivering is the part of the polls that find something, where messages come at random.
func (r room) delivering() float64 { return 1 - math.Exp(-r.messagesOfMinute/60*r.pollSeconds) }

// confirming is the part of the polls that find nothing and confirm what the poll before brought.
func (r room) confirming() float64 { return (1 - r.delivering()) * r.delivering() }

// month is what the store costs, from what its operations were counted to cost. A poll that delivers reads as much as one message takes;
// where each message is a read, those beyond the first come on top.
func (r room) month(t tariff, c counted, readPerMessage bool) float64 {
	idle := 1 - r.delivering() - r.confirming()
	polls := t.million(c[opBoth], 0)*r.delivering() + t.million(c[opConfirm], 0)*r.confirming() + t.million(c[opIdle], 0)*idle
	more := 0.0
	if readPerMessage {
		perPoll := r.messagesOfMinute / 60 * r.pollSeconds
		more = t.read * (perPoll - r.delivering())
	}
	return (r.polls()*(polls+more) + r.messages()*t.million(c[opPublish], 1)) / 1e6
}

// counted is what each operation costs, in units.
type counted map[string]units

// logReads is how many reads a second the log of one topic gets when all its subscribers poll.
func logReads(subscribers, everySeconds float64) float64 { return subscribers / everySeconds }

// partitionReads is how many strong reads a second one partition of DynamoDB gives.
const partitionReads = 3000
