package mutations

import "testing"

// TestFollowers takes out the rules of docs/decisions/0016-leases.md, which are those of pushes, bridges and their leases.
func TestFollowers(t *testing.T) {
	check(t, []mutation{
		{
			rule: "who lets go, looks", file: "core/follow.go", tests: "TestPushModel",
			old: "more, err := l.log.stands(ctx, l.cursor)\n\t\tif err",
			new: "more, err := false, error(nil)\n\t\tif err",
		},
		{
			rule: "a row that replays is pending", file: "core/push.go", tests: "TestPushModel",
			old: "pending: r.replays(logs.destination)",
			new: "pending: false",
		},
		{
			rule: "entries are read before rows", file: "core/push_work.go", tests: "TestPushModel",
			old: "\tif more, err = p.readEntries(ctx); err != nil {\n\t\treturn false, err\n\t}\n\tpages := rowPages{log: l.log, page: p.logs.rowPage, wide: l.wide, place: l.round.place}\n\tfor {\n\t\trows, err := pages.next(ctx)\n",
			new: "\tpages := rowPages{log: l.log, page: p.logs.rowPage, wide: l.wide, place: l.round.place}\n\tfor late := false; ; late = true {\n\t\trows, err := pages.next(ctx)\n\t\tif !late && err == nil {\n\t\t\tmore, err = p.readEntries(ctx)\n\t\t}\n",
		},
		{
			rule: "the lease is looked after before each row", file: "core/follow_lease.go", tests: "TestPushTakenOver",
			old: "if l.log.set.Now().Sub(l.renewed) < leaseFresh {",
			new: "if true {",
		},
		{
			rule: "the lease is there before the row", file: "core/push.go", tests: "TestPushModel",
			old: "\tif err := s.begin(ctx, false); err != nil {\n\t\treturn err\n\t}\n",
			new: "",
		},
		{
			rule: "a row that replays goes as far as a round that was broken off", file: "core/push_work.go", tests: "TestPushModel",
			old: "p.caught = max(l.cursor, l.round.upTo)",
			new: "p.caught = l.cursor",
		},
		{
			rule: "a round that was broken off goes on where it was", file: "core/push_work.go", tests: "TestBrokenOffPush",
			old: "l.round = pushRound{upTo: p.upTo, place: pages.placeOf(rows[served-1])}",
			new: "_ = served",
		},
		{
			rule: "a round that was broken off takes no more entries", file: "core/push_work.go", tests: "TestBrokenOffPush",
			old: "if l.round.place != \"\" {\n\t\tp.upTo",
			new: "if false {\n\t\tp.upTo",
		},
		{
			rule: "who ends lets go, also when its time is over", file: "core/follow_lease.go", tests: "TestBrokenOffPush",
			old: "context.WithTimeout(context.WithoutCancel(ctx), letGoTimeout)",
			new: "context.WithTimeout(ctx, letGoTimeout)",
		},
		{
			rule: "clocks may be five seconds apart", file: "core/follow_lease.go", tests: "TestFollowerDies",
			old: "l.until.Add(leaseSkew)",
			new: "l.until",
		},
		{
			rule: "who gets no answer looks what there is", file: "core/follow_lease.go", tests: "TestAnswersAreLostWhilePushing",
			old: "if kept, err := l.settle(items, &it); kept || err != nil {",
			new: "if len(items) >= 0 {",
		},
		{
			rule: "the cursor passes no socket that lives and got nothing", file: "core/push_work.go", tests: "TestSocketFails",
			old: "row.pending, row.over = true, true",
			new: "row.over = true",
		},
		{
			rule: "a bridge begins before the first message", file: "core/publish.go", tests: "TestBridgeBeginsBeforeThePublish",
			old: "if err := l.beginBridges(ctx); err != nil {\n\t\t\treturn nil, err\n\t\t}\n",
			new: "",
		},
		{
			rule: "the sweep takes up what was left", file: "core/sweep.go", tests: "TestPublishThatDiesAfterTheAppend",
			old: "s.pushAll(ctx), ",
			new: "",
		},
		{
			rule: "a cursor is of an epoch", file: "core/follow_lease.go", tests: "TestPushAfterALogWasLost",
			old: "err == nil && l.epoch != meta.epoch",
			new: "false",
		},
		{
			rule: "a row is of an epoch", file: "core/push_work.go", tests: "TestPushAfterALogWasLost",
			old: "if row.epoch != p.meta.epoch {",
			new: "if false {",
		},
		{
			rule: "who has rows for other shards is closed", file: "core/push_work.go", tests: "TestPushAfterShardsChanged",
			old: "if row.outdated(p.meta) {",
			new: "if false {",
		},
	})
}

// TestThrottles takes out what keeps a throttled batch the same.
func TestThrottles(t *testing.T) {
	check(t, []mutation{
		{
			rule: "what is dead counts", file: "core/gather.go", tests: "TestThrottledBatchStaysTheSame",
			old: "if dead && r.frequency == 0 {",
			new: "if dead {",
		},
		{
			rule: "the pace is stored with the position", file: "core/gather.go", tests: "TestThrottledBatchStaysTheSame",
			old: "p.pace = r.pace\n",
			new: "",
		},
		{
			rule: "what was not pushed does not count", file: "core/push_work.go", tests: "TestThrottleCountsWhatWasPushed",
			old: "\terr := p.lease.log.set.pushSafely(ctx, row.socket, deliveries)\n",
			new: "\tp.keepPace(row, pace)\n\terr := p.lease.log.set.pushSafely(ctx, row.socket, deliveries)\n",
		},
	})
}
