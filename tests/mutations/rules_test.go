package mutations

var mutations = []mutation{
	{
		rule: "who connects anew is rolled back",
		file: "subscription.go", old: "\ts.forget()\n\tif received", new: "\tif received",
		show: model,
	},
	{
		rule: "save, then effects",
		file: "poll.go", old: "\tif err := p.conn.save(ctx, next); err != nil {\n\t\treturn nil, err\n\t}\n\treturn &Batch{", new: "\t_ = p.conn.save(ctx, next)\n\treturn &Batch{",
		show: model,
	},
	{
		rule: "the same request gets the same batch",
		file: "poll.go", old: "if p.again(&v.batch) {", new: "if false {",
		show: model,
	},
	{
		rule: "only what was recorded before a poll first looked is confirmed by it",
		file: "poll.go", old: "if v.batch.id != p.first {", new: "if false {",
		show: model,
	},
	{
		rule: "a poll that arrived before the rollback answers empty",
		file: "poll.go", old: "if p.isBefore(v.rolledBack) {", new: "if false {",
		show: model,
	},
	{
		rule: "a jump takes the number behind the tail out of use",
		file: "log_tail.go", old: "\tif err := l.createGap(ctx, t.number+1); err != nil {\n\t\treturn 0, err\n\t}\n", new: "",
		show: model,
	},
	{
		rule: "a jump takes the hint's number out of use",
		file: "log_tail.go", old: "if h.number > t.number+1 {", new: "if false {",
		show: model,
	},
	{
		rule: "a gap is never young",
		file: "log_tail.go", old: "\tif e.isGap() {\n\t\treturn tail{number: e.number}\n\t}\n", new: "",
		show: model,
	},
	{
		rule: "an entry stays 48 hours beyond its expiry",
		file: "log.go", old: "afterExpiry = 48 * time.Hour", new: "afterExpiry = 0",
		show: model,
	},
	{
		rule: "a tail is believed for 24 hours",
		file: "log.go", old: "youngTail   = 24 * time.Hour", new: "youngTail   = 1000 * time.Hour",
		show: model,
	},
	{
		rule: "the same number is tried again when an answer was lost",
		file: "log.go", old: "\t\t\treturn l.putConflict(ctx, e, conflict)\n\t\t}\n", new: "\t\t\treturn l.putConflict(ctx, e, conflict)\n\t\t}\n\t\treturn &ConflictError{Key: it.Key}\n",
		show: model,
	},
	{
		rule: "an entry whose answer was lost is known again",
		file: "log.go", old: "present.nonce == e.nonce:", new: "present.nonce == e.nonce && e.nonce == \"\":",
		show: model,
	},
	{
		rule: "the place of a publish with an id is moved only after something else was read there",
		file: "publish_once.go", old: "case present == nil && held.number >= number:", new: "case false:",
		show: model,
	},
	{
		rule: "the last entry is never trimmed",
		file: "trim.go", old: "below = e.number // never the last", new: "below = e.number + 1",
		show: model,
	},
	{
		rule: "a tail is believed for less time than trimming takes",
		file: "log_tail.go", old: "return trimTrust", new: "return youngTail",
		show: model,
	},
	{
		rule: "the hint is near before anything is appended",
		file: "log_tail.go", old: "return number, l.keepHintNear(ctx, number-1)", new: "return number, nil",
		show: hint,
	},
	{
		rule: "a batch is read again in the shards it came from",
		file: "gather.go", old: "if !r.bounded {\n\t\treturn logs.shardsOf", new: "if true {\n\t\treturn logs.shardsOf",
		show: model,
	},
	{
		rule: "a stream confirms what was given out two heartbeats ago",
		file: "feed_stream.go", old: "f.saved[0], f.saved[1] = f.saved[1], f.checkpoint()", new: "f.saved[0], f.saved[1] = f.checkpoint(), f.checkpoint()",
		show: model,
	},
	{
		rule: "a stream that was replaced confirms nothing",
		file: "feed_stream.go", old: "if err := f.overtaken(v); err != nil && (!closed", new: "if err := error(nil); err != nil && (!closed",
		show: model,
	},
	{
		rule: "who begins to wait has everything read that is known of",
		file: "pump.go", old: "\tif p.known > p.at {\n", new: "\tif false {\n",
		show: between,
	},
	{
		rule: "who begins to wait sees what was read meanwhile",
		file: "pump.go", old: "\t\t\tif p.wants(l, e) {\n\t\t\t\tl.waiter.notify()\n\t\t\t\tbreak", new: "\t\t\tif p.wants(l, e) && p == nil {\n\t\t\t\tbreak",
		show: between,
	},
	{
		rule: "a subscription claims only what it is older than",
		file: "gather.go", old: "if m.claimedBy(r) {", new: "if true {",
		show: model,
	},
	{
		rule: "a message with several subtopics is left to the shard of the first",
		file: "gather.go", old: "if m.claimedBy(r) {", new: "if false {",
		show: model,
	},
	{
		rule: "what was put after its process stood still is taken back",
		file: "log.go", old: "if e.isGap() || l.set.Now().Sub(e.begun) <= appendTimeout {", new: "if true {",
		show: show{"core", "TestPublishThatStoodStill"},
	},
}
