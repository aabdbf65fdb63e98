package core

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A position is a place in a log, behind what was passed: all of the entries up to number; but with index, of the entry number only
// that many messages.
type position struct {
	number uint64
	index  uint32
	pace   pace // of who has come there and is to get no more than so many messages a second
}

// before returns the number behind which the next entry to read stands.
func (p position) before() uint64 {
	if p.index == 0 {
		return p.number
	}
	return p.number - 1
}

// compare orders positions: a part of an entry is less than the whole.
func (p position) compare(q position) int {
	if p.number != q.number {
		return cmp.Compare(p.number, q.number)
	}
	return cmp.Compare(p.index-1, q.index-1) // 0, the whole, becomes the largest
}

// passes reports whether the message with that index in the entry with that number is behind the position.
func (p position) passes(number uint64, index int) bool {
	return number < p.number || number == p.number && (p.index == 0 || index < int(p.index))
}

// positions say for each of some shards how far a reader has come there. They are few, and in the order of the shards.
type positions []shardPosition

type shardPosition struct {
	shard int
	position
}

func (ps positions) find(shard int) (int, bool) {
	return slices.BinarySearchFunc(ps, shard, func(p shardPosition, shard int) int { return cmp.Compare(p.shard, shard) })
}

// of returns the position in a shard, and whether there is one.
func (ps positions) of(shard int) (position, bool) {
	if i, ok := ps.find(shard); ok {
		return ps[i].position, true
	}
	return position{}, false
}

// with returns ps with the position in one shard raised; one that is further already stays. ps is not changed.
func (ps positions) with(shard int, p position) positions {
	i, ok := ps.find(shard)
	if ok && ps[i].compare(p) >= 0 {
		return ps
	}
	next := slices.Clone(ps)
	if ok {
		next[i].position = p
		return next
	}
	return slices.Insert(next, i, shardPosition{shard, p})
}

// and returns ps raised to where others are further.
func (ps positions) and(others positions) positions {
	for _, p := range others {
		ps = ps.with(p.shard, p.position)
	}
	return ps
}

func (w *formWriter) positions(ps positions) {
	w.uint(uint64(len(ps)))
	for _, p := range ps {
		w.uint(uint64(p.shard))
		w.uint(p.number)
		w.uint(uint64(p.index))
		w.int(p.pace.last)
		w.int(p.pace.filled)
	}
}

func (r *formReader) positions() positions {
	n := r.count()
	if n == 0 {
		return nil
	}
	ps := make(positions, n)
	for i := range ps {
		ps[i] = shardPosition{int(r.uint()), position{r.uint(), uint32(r.uint()), pace{r.int(), r.int()}}}
	}
	return ps
}

// A cursor as peers see it is the log's epoch and the positions: "k3J9x2.0:1017" or "k3J9x2.0:1017-2.5:3". They keep it and bring it
// back, and need not know what it says.

func cursorText(epoch string, ps positions) string {
	b := []byte(epoch)
	for _, p := range ps {
		b = append(b, '.')
		b = strconv.AppendInt(b, int64(p.shard), 10)
		b = append(b, ':')
		b = strconv.AppendUint(b, p.number, 10)
		if p.index > 0 {
			b = append(b, '-')
			b = strconv.AppendUint(b, uint64(p.index), 10)
		}
	}
	return string(b)
}

// maxCursor is how long a cursor of a peer may be: that of a subscription that reads 1,024 shards is shorter.
const maxCursor = 64 << 10

// epochLetters are those of newNonce. Cursors stand in what endpoints write, as they are.
const epochLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// readCursor takes a cursor apart. What it says is a peer's word: see destinationLogs.start.
func readCursor(text string) (epoch string, ps positions, err error) {
	if len(text) > maxCursor {
		return "", nil, badCursor(text)
	}
	epoch, rest, _ := strings.Cut(text, ".")
	if epoch == "" || strings.Trim(epoch, epochLetters) != "" {
		return "", nil, badCursor(text)
	}
	for part := range strings.SplitSeq(rest, ".") {
		p, ok := readPosition(part)
		if !ok || len(ps) > 0 && p.shard <= ps[len(ps)-1].shard {
			return "", nil, badCursor(text)
		}
		ps = append(ps, p)
	}
	return epoch, ps, nil
}

func readPosition(text string) (p shardPosition, ok bool) {
	shard, place, ok := strings.Cut(text, ":")
	number, index, partial := strings.Cut(place, "-")
	s, err := strconv.ParseUint(shard, 10, 16)
	if err != nil || !ok || s >= maxShards {
		return p, false
	}
	if p.number, err = strconv.ParseUint(number, 10, 63); err != nil {
		return p, false
	}
	p.shard = int(s)
	if !partial {
		return p, true
	}
	i, err := strconv.ParseUint(index, 10, 31)
	p.index = uint32(i)
	return p, err == nil && p.index > 0 && p.number > 0
}

func badCursor(text string) error {
	if len(text) > 64 {
		text = text[:64] + "..."
	}
	return Invalid.Errorf("%s is no cursor.", strconv.Quote(text)).WithCause(fmt.Errorf("cursor: %w", errForm))
}
