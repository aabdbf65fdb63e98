package amf

// A phase says what a frame expects next. Each stands for one place in the grammar, so that the Reader needs no recursion.
type phase uint8

const (
	top0        phase = iota // top level: AMF0 values up to the end of the input
	top3                     // top level: AMF3 values
	once0                    // entered: one AMF0 value, then done
	once3                    // entered: one AMF3 value
	onceInt                  // entered: one item of a vector
	onceUint                 //
	onceDouble               //
	onceLiteral              // entered: one member that an External has read
	done                     // entered, and the one value has been read
	items0                   // left values, then End
	items3                   // left values, then what frame.then says
	names0                   // a name or the end of the members
	names3                   //
	member0                  // the value that belongs to the name before
	member3                  //
	ints                     // left items of a vector
	uints                    //
	doubles                  //
	external                 // members that an External has read
	closed                   // End
	failed                   // an error has been returned and is returned again
)

// A frame is one open container, or the top level, or an Enter.
type frame struct {
	phase      phase
	then       phase  // items3: what follows the last of them
	collection bool   // counts against Limits.Collections
	left       uint32 // values that have not been read; names3: dense values that follow the names
	member     int32  // external, onceLiteral: index into Reader.members of the next
	record     int32  // external: index into Reader.records
}

// open pushes a frame, within the limits.
func (r *Reader) open(f frame) error {
	if f.collection {
		if r.collections >= r.limits.Collections {
			return r.overLimit("arrays, vectors and dictionaries within each other", r.limits.Collections)
		}
		r.collections++
	}
	if len(r.frames) > r.limits.Depth {
		return r.overLimit("containers within each other", r.limits.Depth)
	}
	r.frames = append(r.frames, f)
	return nil
}

// close pops the innermost frame.
func (r *Reader) close() {
	last := len(r.frames) - 1
	if r.frames[last].collection {
		r.collections--
	}
	r.frames = r.frames[:last]
}

// claim charges n values of at least size bytes each, which the wire announces, before anything is made of the number. Each
// of them has bytes of its own, so that all that is announced in one pass can never be more than the input.
func (r *Reader) claim(n uint32, size int, what string) error {
	need := int64(n) * int64(size)
	if need > int64(r.in.Left()) || int64(r.claimed)+need > int64(len(r.in.Buf)) {
		return r.errTooFew(n, what)
	}
	r.claimed += int(need)
	return r.charge(int(n))
}

// What one entry of a table takes in bytes, and a Shape beside its class and names.
const (
	entryMemory  = 48
	textMemory   = 48
	traitMemory  = 8
	shapeMemory  = 128
	recordMemory = 64
	memberMemory = 128
)

// take counts n bytes of tables and Shapes against Limits.Bytes.
func (r *Reader) take(n int) error {
	r.memory -= n
	if r.memory < 0 {
		return r.overLimit("bytes of tables", r.limits.Bytes)
	}
	return nil
}

// charge counts n values against Limits.Elements.
func (r *Reader) charge(n int) error {
	r.budget -= n
	if r.budget < 0 {
		return r.overLimit("values", r.limits.Elements)
	}
	return nil
}
