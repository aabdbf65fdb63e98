package core

import (
	"strconv"
	"strings"
)

// revertLength is more numbers than can have been given between a snapshot and the end of its process.
const revertLength = 1 << 32

// BehindLost is for a Store that begins with less than it held before, such as the last snapshot of a process that was killed: of each
// partition it gives the last item, and keeps what it gets back, before anybody uses the store. ok is false where nothing is to be kept.
//
// The entries of a log that are lost had numbers, and somebody who was sent them may bring back a cursor that names one. Were the numbers
// given again, what is published now would stand behind that cursor unseen. So the log goes on far behind its end.
func BehindLost(last Item) (behind Item, ok bool) {
	number, err := strconv.ParseUint(last.Sort, 10, 63)
	if err != nil || !isLog(last.Partition) {
		return Item{}, false
	}
	gap := &entry{number: number + revertLength}
	body, err := gap.form(MaxBody)
	return Item{Key: Key{last.Partition, sortOf(gap.number)}, Body: body}, err == nil
}

// isLog reports whether a partition is that of a log: see newLog.
func isLog(partition string) bool {
	_, kind, _ := strings.Cut(partition, "/")
	return strings.HasPrefix(kind, "t/")
}
