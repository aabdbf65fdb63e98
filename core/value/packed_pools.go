package value

import (
	"slices"
	"sync"
)

// Packers and unpackers hold memory and nothing else. A Packed is bytes, and has no home that could keep them for it.
var packers, unpackers sync.Pool

// The bounds of what they may hold to be kept for the next value.
const (
	maxKeptBytes   = 1 << 20
	maxKeptEntries = 1 << 14
)

// A packer is what packing takes, kept from value to value.
type packer struct {
	writer  packedWriter
	encoder Encoder
}

func getPacker(registry *Registry, l Limits) *packer {
	p, _ := packers.Get().(*packer)
	if p == nil {
		p = new(packer)
	}
	p.writer.reset(l.WithDefaults())
	p.encoder.Reset(&p.writer, registry, l)
	return p
}

// result returns what has been packed, unless there was an error.
func (p *packer) result(err error) (Packed, error) {
	if err != nil {
		return nil, err
	}
	if err := p.writer.atEnd(); err != nil {
		return nil, err
	}
	if string(p.writer.out) == packedNull {
		return nil, nil
	}
	return slices.Clone(p.writer.out), nil
}

// release puts p aside, without the values that it knows.
func (p *packer) release() {
	small := len(p.encoder.ids) <= maxKeptEntries && cap(p.encoder.copies.ids) <= maxKeptEntries
	p.encoder.Reset(&p.writer, nil, Limits{})
	if p.writer.release() && small {
		packers.Put(p)
	}
}

// An unpacker is what reading takes, likewise. Its copier is its own: an Encoder's knows values by the Reader that they come from,
// and here one Reader reads one value after the other.
type unpacker struct {
	reader  packedReader
	decoder Decoder
	copies  copier
}

func getUnpacker(p Packed, l Limits) *unpacker {
	u, _ := unpackers.Get().(*unpacker)
	if u == nil {
		u = new(unpacker)
	}
	u.reader.reset(p, l)
	return u
}

// release puts u aside, unless a Late that was bound still reads from it.
func (u *unpacker) release() {
	if u.decoder.lates {
		return
	}
	small := cap(u.decoder.bound) <= maxKeptEntries && len(u.decoder.others) <= maxKeptEntries && cap(u.copies.ids) <= maxKeptEntries
	u.decoder.Reset(&u.reader, nil, Limits{})
	u.copies.reset()
	if u.reader.release() && small {
		unpackers.Put(u)
	}
}
