package main

import "fmt"

// promised is what each operation may cost at most, at any number of subscribers: ARCHITECTURE's promise for items of up to a kilobyte,
// strong reads and a process that knows the end of the log.
var promised = map[string]units{
	opPublish:    {Reads: 0, Writes: 1},
	opIdle:       {Reads: 2, Writes: 0},
	opDeliver:    {Reads: 2, Writes: 1},
	opDeliverTen: {Reads: 2, Writes: 1},
	opConfirm:    {Reads: 2, Writes: 1},
	opBoth:       {Reads: 2, Writes: 1},
	opCall:       {},
}

// goal is what an operation may be charged at most on one kind of store.
func (k *kind) goal(operation string) units {
	if allowed, ok := k.allows[operation]; ok {
		return allowed.units
	}
	return promised[operation]
}

// misses says what costs more than is promised: the usual operation by what it asks of the store, and by what the driver charges for it,
// and a message that goes to everybody.
func misses(k *kind, r *report) []string {
	var found []string
	for _, f := range r.Figures {
		asked, promises := promised[f.Operation]
		if f.Store != k.name || !promises {
			continue
		}
		where := fmt.Sprintf("%s, %d subscribers, %s", k.name, f.Subscribers, f.Operation)
		found = append(found, miss(where, "of the store it asks", f.Asked, asked)...)
		found = append(found, miss(where, "it is charged", f.Usual, k.goal(f.Operation))...)
	}
	for _, f := range r.Fans {
		if f.Store != k.name {
			continue
		}
		where := fmt.Sprintf("%s, 1 message to %d of %d subscribers, confirmed", k.name, f.Polling, f.Subscribers)
		all := func(goal func(string) units) units {
			u := goal(opDeliver).plus(goal(opConfirm)).times(float64(f.Polling)).plus(goal(opPublish))
			return withSlack(u)
		}
		found = append(found, miss(where, "of the store it asks", f.Asked, all(func(op string) units { return promised[op] }))...)
		found = append(found, miss(where, "it is charged", f.Units, all(k.goal))...)
	}
	return found
}

func miss(where, what string, got, goal units) []string {
	if got.Reads <= goal.Reads && got.Writes <= goal.Writes {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s %s, promised are %s", where, what, got, goal)}
}

// withSlack allows a hundredth, and one of each: what a process looks after from time to time is not the operations' own.
func withSlack(u units) units { return u.times(1.01).plus(units{Reads: 1, Writes: 1}) }

// String says units as a person would.
func (u units) String() string {
	return fmt.Sprintf("%s and %s", quantity(u.Reads, "read"), quantity(u.Writes, "write"))
}

func quantity(n float64, of string) string {
	if n != 1 {
		of += "s"
	}
	return number(n) + " " + of
}
