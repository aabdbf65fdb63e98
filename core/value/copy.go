package value

import (
	"io"
	"slices"
)

// Copy writes the next value of r to w, without making Go values of it. References are kept where w has them; else what they name
// is written again. A reference to what was never written here, because it lies before the value, makes it written at that place.
// What w would get is limited as what r gives is. Where no value follows it returns io.EOF.
func Copy(w Writer, r Reader, l Limits) error {
	e := NewEncoder(w, nil, l)
	e.copies.from(r)
	return e.copies.value(e)
}

// A copier moves values from one Reader to an Encoder's Writer. IDs of the two sides differ.
type copier struct {
	reader Reader
	tok    Token
	ids    []int32 // by the Reader's ID: that of the Encoder; 0: not written
	open   []int32 // the Reader's IDs of the open containers, the innermost last; 0: it has none
	within []int32 // the Reader's IDs that are being written again at the place of a reference
}

func (c *copier) reset() {
	*c = copier{ids: c.ids[:0], open: c.open[:0], within: c.within[:0]}
}

// from names the Reader to copy from. What was copied from another cannot be referred to any more.
func (c *copier) from(r Reader) {
	if c.reader != r {
		c.reset()
		c.reader = r
	}
}

// value copies the next value.
func (c *copier) value(e *Encoder) error {
	if err := c.reader.Next(&c.tok); err != nil {
		return err
	}
	if c.tok.Kind >= KindName && c.tok.Kind != KindRef {
		return Errorf(-1, ErrSyntax, "a value was expected, not "+article(c.tok.Kind.String()))
	}
	return c.rest(e)
}

// rest copies the value that the token last read begins.
func (c *copier) rest(e *Encoder) error {
	for base := len(c.open); ; {
		if err := c.token(e); err != nil {
			return err
		}
		if len(c.open) == base {
			return nil
		}
		if err := c.reader.Next(&c.tok); err != nil {
			if err == io.EOF {
				err = Errorf(-1, ErrTruncated, "a value ends early")
			}
			return err
		}
	}
}

// token copies the token last read.
func (c *copier) token(e *Encoder) error {
	t := &c.tok
	switch {
	case t.Kind == KindRef:
		return c.ref(e, int32(t.Num))
	case t.Kind == KindEnd:
		c.open = c.open[:len(c.open)-1]
	case t.ID != 0 && e.refs && c.written(t.ID) != 0: // met again where it is read again
		id := c.written(t.ID)
		if err := c.reader.Skip(t); err != nil {
			return err
		}
		return e.scalarRef(id)
	case t.Kind.IsContainer():
		if t.ID != 0 && !e.refs && c.isOpen(t.ID) {
			return Errorf(-1, ErrCycle, "a value contains itself, and the format cannot express that")
		}
		c.open = append(c.open, t.ID)
	}
	return c.write(e, t)
}

// write passes a token on under an ID of the Encoder.
func (c *copier) write(e *Encoder, t *Token) error {
	if t.ID != 0 {
		e.last++
		for int(t.ID) >= len(c.ids) {
			c.ids = append(c.ids, 0)
		}
		c.ids[t.ID] = e.last
		t.ID = e.last
	}
	if t.Kind.HasText() {
		return e.writeLong(t)
	}
	return e.write(t)
}

// ref writes a reference, or again what it names.
func (c *copier) ref(e *Encoder, id int32) error {
	if known := c.written(id); known != 0 && e.refs {
		return e.scalarRef(known)
	}
	if c.isOpen(id) {
		return Errorf(-1, ErrCycle, "a value contains itself, and the format cannot express that")
	}
	at, ok := c.reader.At(id)
	if !ok {
		return Errorf(-1, ErrSyntax, "a reference to a value that has not begun")
	}
	if slices.Contains(c.within, id) {
		return Errorf(-1, ErrCycle, "a value contains itself, and the format cannot express that")
	}
	if err := c.reader.Enter(at); err != nil {
		return err
	}
	defer c.reader.Leave()
	c.within = append(c.within, id)
	err := c.value(e)
	c.within = c.within[:len(c.within)-1]
	return err
}

func (c *copier) written(id int32) int32 {
	if int(id) < len(c.ids) {
		return c.ids[id]
	}
	return 0
}

func (c *copier) isOpen(id int32) bool {
	return slices.Contains(c.open, id)
}

// scalarRef writes a reference to what has the ID.
func (e *Encoder) scalarRef(id int32) error { return e.scalar(KindRef, uint64(id)) }
