package amf

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

var _ value.FieldWriter = (*Writer)(nil)

// room returns how many of n values may be written straight to the output now: in AMF3, within an array or among sealed members.
func (w *Writer) room(f *writeFrame, n int) int {
	if f.phase != writeItems3 && f.phase != writeSealed3 || w.buffer.active() && !w.replays {
		return 0
	}
	return int(min(uint64(n), f.left))
}

// WriteFields implements value.FieldWriter.
func (w *Writer) WriteFields(src value.StructMemory, fields []value.ScalarField) (int, error) {
	f := &w.frames[len(w.frames)-1]
	n := w.room(f, len(fields))
	for i := range fields[:n] {
		field := &fields[i]
		switch field.Kind {
		case value.KindString:
			w.out = append(w.out, raw.String3)
			if err := w.string3(src.String(field)); err != nil {
				return i, err
			}
		case value.KindInt:
			w.int3(src.Int(field))
		case value.KindFloat:
			w.double3(math.Float64bits(src.Float(field)))
		case value.KindBool:
			w.bool3(src.Bool(field))
		case value.KindTime:
			if err := w.time3(src.Time(field)); err != nil {
				return i, err
			}
		}
	}
	f.left -= uint64(n)
	return n, w.checkOutput()
}

// WriteStrings implements value.FieldWriter.
func (w *Writer) WriteStrings(src []string) (int, error) {
	f := &w.frames[len(w.frames)-1]
	n := w.room(f, len(src))
	for i, s := range src[:n] {
		w.out = append(w.out, raw.String3)
		if err := w.string3(s); err != nil {
			return i, err
		}
	}
	f.left -= uint64(n)
	return n, w.checkOutput()
}

func (w *Writer) bool3(b bool) {
	marker := byte(raw.False3)
	if b {
		marker = raw.True3
	}
	w.out = append(w.out, marker)
}

func (w *Writer) time3(t time.Time) error {
	w.out = append(w.out, raw.Date3, 0x01)
	w.out = binary.BigEndian.AppendUint64(w.out, math.Float64bits(float64(value.DateOf(t))))
	return w.number3(0, raw.Date3)
}
