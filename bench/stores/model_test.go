package main

import (
	"math"
	"testing"
)

const (
	dynamo     = 0 // places in tariffs
	standard   = 1
	enterprise = 2
)

// Dollars for a million, as anybody can reckon them from the price lists.
func TestMillion(t *testing.T) {
	for _, row := range []struct {
		name     string
		tariff   int
		units    units
		expiring float64
		want     float64
	}{
		{"publish, DynamoDB", dynamo, units{Writes: 1}, 1, 0.625},
		{"idle poll, DynamoDB", dynamo, units{Reads: 2}, 0, 0.25},
		{"delivering poll, DynamoDB", dynamo, units{Reads: 2, Writes: 1}, 0, 0.875},
		{"publish, Firestore", standard, units{Writes: 1}, 1, 1.00},
		{"idle poll, Firestore", standard, units{Reads: 2}, 0, 0.60},
		{"delivering poll, Firestore", standard, units{Reads: 2, Writes: 1}, 0, 1.50},
		{"idle poll, Enterprise", enterprise, units{Reads: 2}, 0, 0.10},
		{"publish, Enterprise", enterprise, units{Writes: 1}, 1, 0.52},
		{"nothing", dynamo, units{}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantClose(t, tariffs[row.tariff].million(row.units, row.expiring), row.want)
		})
	}
}

func wantClose(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.005*math.Abs(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A million idle polls on AWS in all, and a month of one client that polls every three seconds.
func TestRequests(t *testing.T) {
	idle := tariffs[dynamo].million(promised[opIdle], 0)
	for i, row := range []struct {
		name           string
		million, month float64
	}{
		{"function URL", 0.483, 0.418},
		{"HTTP API", 1.483, 1.28},
		{"REST API", 3.983, 3.44},
	} {
		t.Run(row.name, func(t *testing.T) {
			if doors[i].name != row.name {
				t.Fatalf("the door is %s", doors[i].name)
			}
			million := idle + lambda.million() + doors[i].request
			wantClose(t, million, row.million)
			wantClose(t, million*pollsOfMonth(3)/1e6, row.month)
		})
	}
}

func TestQueueModel(t *testing.T) {
	aKilobyte := queueModel{messageBytes: 1024}
	documents := queueModel{messageBytes: 1024, perDocument: true}
	for _, row := range []struct {
		name string
		got  float64
		want float64
	}{
		{"publish to 1", tariffs[dynamo].million(aKilobyte.publish(1), 0), 0.75},
		{"publish to 100", tariffs[dynamo].million(aKilobyte.publish(100), 0), 62.88},
		{"publish to 10,000", tariffs[dynamo].million(aKilobyte.publish(1e4), 0), 6287},
		{"publish to 1,000,000", tariffs[dynamo].million(aKilobyte.publish(1e6), 0), 628_662},
		{"publish to 100, Firestore", tariffs[standard].million(documents.publish(100), 0), 120},
		{"poll for 10 messages", aKilobyte.deliver(10).Reads, 3},
		{"poll for 10 messages, Firestore", documents.deliver(10).Reads, 11},
		{"to all of 100", aKilobyte.all(tariffs[dynamo], 100, 1), 62.88 + 100*(0.25+0.625)},
		{"to all of 100, Firestore", documents.all(tariffs[standard], 100, 1), 120 + 100*(1.20+0.10)},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got, row.want) })
	}
}

func TestLogModel(t *testing.T) {
	one := logModel(tariffs[dynamo], promised[opPublish], promised[opDeliver], promised[opConfirm], 1)
	ten := logModel(tariffs[dynamo], promised[opPublish], promised[opDeliverTen], promised[opConfirm], 10)
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"nobody reads", one.all(0), 0.625},
		{"to all of 1,000", one.all(1000), 0.625 + 1750},
		{"ten at a time", ten.all(1000), 0.625 + 175},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got, row.want) })
	}
}

func TestRoom(t *testing.T) {
	c := counted(promised)
	for _, row := range []struct {
		name      string
		room      room
		got, want func(room) float64
	}{
		{
			"silent", room{people: 100, hoursOfDay: 8, pollSeconds: 3},
			func(r room) float64 { return r.month(tariffs[dynamo], c, false) },
			func(r room) float64 { return r.polls() / 1e6 * 0.25 },
		},
		{
			"so loud that every poll delivers", room{people: 100, hoursOfDay: 8, pollSeconds: 3, messagesOfMinute: 600},
			func(r room) float64 { return r.month(tariffs[dynamo], c, false) },
			func(r room) float64 { return r.polls()/1e6*0.875 + r.messages()/1e6*0.625 },
		},
		{
			"each message is a read", room{people: 100, hoursOfDay: 8, pollSeconds: 3, messagesOfMinute: 600},
			func(r room) float64 { return r.month(tariffs[standard], c, true) },
			func(r room) float64 { return r.polls()/1e6*(31*0.30+0.90) + r.messages()/1e6*1.00 },
		},
		{"polls", room{people: 100, hoursOfDay: 8, pollSeconds: 3}, room.polls, func(room) float64 { return 28.8e6 }},
		{"messages", room{hoursOfDay: 8, messagesOfMinute: 10}, room.messages, func(room) float64 { return 144_000 }},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, row.got(row.room), row.want(row.room)) })
	}
}

func TestLogReads(t *testing.T) {
	for _, row := range []struct {
		name              string
		subscribers, want float64
	}{
		{"as many as one partition serves", 9_000, partitionReads},
		{"a million", 1e6, 333_333},
	} {
		t.Run(row.name, func(t *testing.T) { wantClose(t, logReads(row.subscribers, 3), row.want) })
	}
}
