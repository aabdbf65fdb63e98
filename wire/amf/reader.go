package amf

import (
	"io"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// Version says how values are coded.
type Version uint8

// The versions, by the numbers that packets give them.
const (
	AMF0 Version = 0
	AMF3 Version = 3
)

// Numbering says which values of AMF0 take a number that a reference can name; senders differ. Objects and arrays always do.
type Numbering uint8

const (
	// NumberingFlash: the argument array and XML do, dates do not (Flash Player, AVM1). An index past the last of these is
	// looked up once more with dates counted (AVM2).
	NumberingFlash Numbering = iota
	// NumberingPyAMF: dates and XML do, the argument array does not.
	NumberingPyAMF
	// NumberingSpecification: neither dates nor XML do, the argument array does (BlazeDS, and AMF0's own text).
	NumberingSpecification
)

// ReaderOptions change how bytes are read. The zero value is good.
type ReaderOptions struct {
	Version   Version      // of the values at the top level; within a packet that is AMF0
	Limits    value.Limits // what one unit may cost
	Numbering Numbering    // of AMF0 references
	// Strict refuses text that is not UTF-8; otherwise its bytes are handed on as they are. Surrogates that were encoded
	// one by one (CESU-8) are joined in both cases.
	Strict bool
	// Externals returns what reads and writes an externalizable class, nil for one it does not know. The classes of Flex
	// are known without it.
	Externals func(class string) External
}

// The bits of value.Mark.Mode: how the next value is coded, and what AMF0 references mean.
const (
	modeAMF0 uint8 = iota
	modeAMF3
	modeInt
	modeUint
	modeDouble
	modeLiteral

	modeMask              = 0x07
	numberingShift        = 3
	numberingMask         = 0x03
	flagArguments   uint8 = 0x20 // the body is a list of arguments
	flagArgumentsAt uint8 = 0x40 // the next value is the argument array itself
)

// Reader turns AMF bytes into tokens. It implements value.Reader; one goroutine uses it at a time.
type Reader struct {
	in    raw.Input
	start int // where the token last read began
	tables
	frames      []frame
	saved       []saved
	collections int   // how many of the frames are collections
	claimed     int   // bytes that announced values need at least, in this pass
	budget      int   // values that may still be read in this pass
	again       int   // values that may still be read within Enter
	memory      int   // bytes that tables and Shapes may still take
	flags       uint8 // the upper bits of value.Mark.Mode

	members []member // what Externals have read, of all objects
	records []record
	inputs  []*ExternalInput // one per level of externalizables within each other, kept for the next
	level   int

	unit    uint32
	err     error // what failed frames return
	limits  value.Limits
	options ReaderOptions
	shapes  shapes
}

// Saved is what Leave brings back.
type saved struct {
	offset      int
	cursor      heights
	section     int32
	height      int
	collections int
	claimed     int
	budget      int
	flags       uint8
}

// rereads is how many times Limits.Elements the passes within Enter may read in all.
const rereads = 8

var (
	_ value.Reader  = (*Reader)(nil)
	_ value.Starter = (*Reader)(nil)
)

// NewReader returns a Reader of the values in buf, which must not change while tokens are in use. A nil opts means its zero value.
func NewReader(buf []byte, opts *ReaderOptions) *Reader {
	r := new(Reader)
	r.Reset(buf, opts)
	return r
}

// Reset makes r read buf, as NewReader does, with the memory it has. Nothing of the unit before is kept, its Marks are refused;
// Shapes are kept, within bounds, so that what hangs on them need not be made again. Reset(nil, nil) makes r ready to be put
// aside: it lets go of the input, of all strings and of very large tables.
func (r *Reader) Reset(buf []byte, opts *ReaderOptions) {
	if opts == nil {
		opts = new(ReaderOptions)
	}
	r.options = *opts
	r.limits = opts.Limits.WithDefaults()
	r.in = raw.Input{Buf: buf}
	r.unit++
	r.again = rereads * r.limits.Elements
	r.budget = r.limits.Elements
	r.memory = r.limits.Bytes
	r.saved = r.saved[:0]
	if cap(r.frames) > maxKept {
		r.frames = nil
	}
	r.clearRecords()
	r.shapes.trim()
	r.restart()
	r.startSection(0)
	if len(buf) > min(r.limits.Bytes, math.MaxInt32) {
		_ = r.fail(r.overLimit("bytes", r.limits.Bytes)) // Next returns it
	}
}

// startSection goes back to the top level with fresh tables.
func (r *Reader) startSection(flags uint8) {
	r.collections, r.claimed, r.err = 0, 0, nil
	r.flags = uint8(r.options.Numbering)<<numberingShift | flags
	base := frame{phase: top0}
	if r.options.Version == AMF3 {
		base.phase = top3
	}
	r.frames = append(r.frames[:0], base)
}

// fail makes err what every further Next within the innermost Enter returns.
func (r *Reader) fail(err error) error {
	r.err = err
	r.frames[len(r.frames)-1].phase = failed
	return err
}

// Start implements value.Starter: the byte at which the token last read began.
func (r *Reader) Start() int { return r.start }

// Next implements value.Reader.
func (r *Reader) Next(t *value.Token) (err error) {
	f := &r.frames[len(r.frames)-1]
	r.start = r.in.Off
	switch f.phase {
	case items3:
		if f.left == 0 {
			err = r.afterItems(t, f)
			break
		}
		f.left--
		err = r.value3(t)
	case names3:
		err = r.name3(t, f)
	case member3:
		f.phase = names3
		err = r.value3(t)
	case names0:
		err = r.name0(t, f)
	case member0:
		f.phase = names0
		err = r.value0(t)
	case items0:
		if f.left == 0 {
			return r.finish(t)
		}
		f.left--
		err = r.value0(t)
	case ints, uints, doubles:
		err = r.item(t, f)
	case external:
		err = r.nextMember(t, f)
	case closed:
		return r.finish(t)
	default:
		err = r.outermost(t, f)
	}
	if err != nil && err != io.EOF {
		return r.fail(err)
	}
	return err
}

// outermost reads a value at the top level or right after Enter.
func (r *Reader) outermost(t *value.Token, f *frame) error {
	switch p := f.phase; p {
	case top0, top3:
		if r.in.Left() == 0 {
			return io.EOF
		}
		if err := r.charge(1); err != nil {
			return err
		}
		if p == top3 {
			return r.value3(t)
		}
		return r.value0(t)
	case failed:
		return r.err
	case done:
		return io.EOF
	default:
		f.phase = done
		return r.entered(t, p, f.member)
	}
}

// entered reads the one value after Enter.
func (r *Reader) entered(t *value.Token, p phase, member int32) error {
	if err := r.charge(1); err != nil {
		return err
	}
	switch p {
	case once0:
		return r.value0(t)
	case once3:
		return r.value3(t)
	case onceLiteral:
		*t = r.members[member].token
		return nil
	case onceInt:
		return r.rawItem(t, ints)
	case onceUint:
		return r.rawItem(t, uints)
	default:
		return r.rawItem(t, doubles)
	}
}

// finish closes the innermost container.
func (r *Reader) finish(t *value.Token) error {
	r.close()
	put(t, value.KindEnd, 0)
	return nil
}

// Skip implements value.Reader.
func (r *Reader) Skip(t *value.Token) error {
	if !t.Kind.IsContainer() {
		return nil
	}
	return r.skip(len(r.frames) - 1)
}

// skip reads on until no more than height frames are open.
func (r *Reader) skip(height int) error {
	var t value.Token
	for len(r.frames) > height {
		if f := &r.frames[len(r.frames)-1]; f.phase == external {
			r.jump(r.records[f.record].end)
			r.close()
			continue
		}
		if err := r.Next(&t); err != nil {
			return err
		}
	}
	return nil
}

// put makes t a token of that kind. What else is in t means nothing to kinds without text, class or flag, and is left alone: it
// would have to be cleared under the eyes of the garbage collector, which costs more than reading a number.
func put(t *value.Token, kind value.Kind, num uint64) {
	t.Kind, t.Flag, t.ID, t.Num = kind, false, 0, num
}

// putText makes t a token with text; str may be nil.
func putText(t *value.Token, kind value.Kind, view []byte, str *string) {
	t.Kind, t.Flag, t.ID, t.Num = kind, false, 0, 0
	t.Bytes, t.Str = view, str
}
