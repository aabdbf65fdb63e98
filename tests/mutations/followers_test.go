package mutations

import "testing"

// TestFollowers takes out the rules of docs/decisions/0016-leases.md, which are those of pushes, bridges and their leases.
func TestFollowers(t *testing.T) {
	mustShowAll(t, []mutation{
		{
			rule: "who lets go, looks", file: "follow.go", show: show{"core", "TestPushModel"},
			old: "more, err := l.log.stands(ctx, l.cursor)\n\t\tif err",
			new: "more, err := false, error(nil)\n\t\tif err",
		},
		{
			rule: "a new row is silent until its answer is out", file: "push.go", show: show{"core", "TestPushModel"},
			old: "silent: silent, until",
			new: "silent: silent.Add(-time.Hour), until",
		},
		{
			rule: "a silence ends by itself", file: "push_row.go", show: show{"core", "TestPushModel"},
			old: "return now.Before(p.silent)",
			new: "return !p.silent.IsZero()",
		},
		{
			rule: "a new row that something has passed is served under the lease", file: "push.go", show: show{"core", "TestPushModel"},
			old: "s.cursor > row.head.before()",
			new: "false",
		},
		{
			rule: "a new row waits for who is at work", file: "push.go", show: show{"core", "TestPushModel"}, flags: []string{"-push.runs=8000"},
			old: "s.holder != \"\"",
			new: "false",
		},
		{
			rule: "the lease is looked after before each row", file: "follow_lease.go", show: show{"core", "TestPushTakenOver"},
			old: "if l.log.set.Now().Sub(l.renewed) < leaseFresh {",
			new: "if true {",
		},
		{
			rule: "the lease is there before the row", file: "push.go", show: show{"core", "TestPushModel"},
			old: "\tif err := s.begin(ctx, false); err != nil {\n\t\treturn err\n\t}\n",
			new: "",
		},
		{
			rule: "a new row goes as far as a round that was broken off", file: "push_work.go", show: show{"core", "TestPushModel"}, flags: []string{"-push.runs=8000"},
			old: "p.caught = max(l.cursor, l.round.upTo)",
			new: "p.caught = l.cursor",
		},
		{
			rule: "a round that was broken off goes on where it was", file: "push_work.go", show: show{"core", "TestBrokenOffPush"},
			old: "l.round = pushRound{upTo: p.upTo, place: pages.placeOf(rows[served-1])}",
			new: "_ = served",
		},
		{
			rule: "a round that was broken off takes no more entries", file: "push_work.go", show: show{"core", "TestBrokenOffPush"},
			old: "if l.round.place != \"\" {\n\t\tp.upTo",
			new: "if false {\n\t\tp.upTo",
		},
		{
			rule: "who ends lets go, also when its time is over", file: "follow_lease.go", show: show{"core", "TestBrokenOffPush"},
			old: "context.WithTimeout(context.WithoutCancel(ctx), letGoTimeout)",
			new: "context.WithTimeout(ctx, letGoTimeout)",
		},
		{
			rule: "clocks may be five seconds apart", file: "follow_lease.go", show: show{"core", "TestFollowerDies"},
			old: "l.until.Add(leaseSkew)",
			new: "l.until",
		},
		{
			rule: "who gets no answer looks what there is", file: "follow_lease.go", show: show{"core", "TestAnswersAreLostWhilePushing"},
			old: "if kept, err := l.settle(items, &it); kept || err != nil {",
			new: "if len(items) >= 0 {",
		},
		{
			rule: "the cursor passes no socket that lives and got nothing", file: "push_work.go", show: show{"core", "TestSocketFails"},
			old: "row.pending, row.over = true, true",
			new: "row.over = true",
		},
		{
			rule: "a bridge begins before the first message", file: "publish.go", show: show{"core", "TestBridgeBeginsBeforeThePublish"},
			old: "if err := l.beginBridges(ctx); err != nil {\n\t\t\treturn nil, err\n\t\t}\n",
			new: "",
		},
		{
			rule: "the sweep takes up what was left", file: "sweep.go", show: show{"core", "TestPublishThatDiesAfterTheAppend"},
			old: "s.pushAll(ctx), ",
			new: "",
		},
		{
			rule: "a cursor is of an epoch", file: "follow_lease.go", show: show{"core", "TestPushAfterALogWasLost"},
			old: "err == nil && l.epoch != meta.epoch",
			new: "false",
		},
		{
			rule: "a row is of an epoch", file: "push_work.go", show: show{"core", "TestPushAfterALogWasLost"},
			old: "if row.epoch != p.meta.epoch {",
			new: "if false {",
		},
		{
			rule: "who has rows for other shards is closed", file: "push_work.go", show: show{"core", "TestPushAfterShardsChanged"},
			old: "if row.outdated(p.meta) ||",
			new: "if",
		},
	})
}

// TestThrottles takes out what keeps a throttled batch the same.
func TestThrottles(t *testing.T) {
	mustShowAll(t, []mutation{
		{
			rule: "what is dead counts", file: "gather.go", show: show{"core", "TestThrottledBatchStaysTheSame"},
			old: "if dead && r.frequency == 0 {",
			new: "if dead {",
		},
		{
			rule: "the pace is stored with the position", file: "gather.go", show: show{"core", "TestThrottledBatchStaysTheSame"},
			old: "p.pace = r.pace\n",
			new: "",
		},
		{
			rule: "what was not pushed does not count", file: "push_work.go", show: show{"core", "TestThrottleCountsWhatWasPushed"},
			old: "\terr := p.lease.log.set.pushSafely(ctx, row.socket, deliveries)\n",
			new: "\tp.keepPace(row, pace)\n\terr := p.lease.log.set.pushSafely(ctx, row.socket, deliveries)\n",
		},
	})
}
