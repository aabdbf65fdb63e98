package core

import (
	"strconv"
	"strings"
)

// revertLength is more numbers than can have been given between a snapshot and the end of its process.
const revertLength = 1 << 32

// BehindLost is for a Store that begins with less than it held before, such as the last snapshot of a process that was killed. It is given
// the last item of each partition, before anybody uses the store, and returns items that the store has to keep where it has none by that key.
//
// The entries of a log that are lost had numbers, and somebody who was sent them may bring back a cursor that names one. Were the numbers
// given again, what is published now would stand behind that cursor unseen. So the log goes on far behind its end, also one whose first
// entries are among the lost: of that there is the destination's meta.
func BehindLost(last Item) []Item {
	if Waited(last.Partition) {
		number, err := strconv.ParseUint(last.Sort, 10, 63)
		if err != nil {
			return nil
		}
		return gapAt(last.Partition, number+revertLength)
	}
	realm, destination, _ := strings.Cut(last.Partition, "/"+metaKind)
	if last.Sort != metaSort || destination == "" {
		return nil
	}
	meta, err := readMeta(last)
	if err != nil {
		return nil // whoever uses the destination is told
	}
	var gaps []Item
	for _, c := range meta.counts {
		for shard := range min(c.shards, maxShards) {
			gaps = append(gaps, gapAt(realm+"/"+logKind+logName(destination, shard), revertLength)...)
		}
	}
	return gaps
}

// Gap is what a Store may give as the Last of a log whose entries it has lost, where it still knows how far the log had come: an item that
// takes the number and holds nothing. The log goes on far behind it.
func Gap(partition string, number uint64) (Item, error) {
	gap := &entry{number: number}
	body, err := gap.form(MaxBody)
	return Item{Key: Key{partition, sortOf(number)}, Body: body}, err
}

func gapAt(partition string, number uint64) []Item {
	gap, err := Gap(partition, number)
	if err != nil {
		return nil
	}
	return []Item{gap}
}
