package value

import (
	"io"
	"math"
	"reflect"
)

// A Packed is one value in a form of the house's own, which says all that tokens can say: it is what lies in a log or a store, by
// whatever protocol it came, and what is written from there into whatever format it goes out in, by its tokens and without Go values
// of it. Nil and empty are null.
//
// As a parameter, field or element it takes any value as it came. It can be kept, compared for being the same bytes and sent
// elsewhere: the same tokens always give the same bytes. See packed_form.go for the form.
type Packed []byte

// Pack packs the next value of r. What it refers to that lies before it is packed at the place of the first reference, as Copy does.
// Of the limits Bytes counts what is packed. Where no value follows it returns io.EOF.
func Pack(r Reader, l Limits) (Packed, error) {
	p := getPacker(nil, l)
	defer p.release()
	p.encoder.copies.from(r)
	return p.result(p.encoder.copies.value(&p.encoder))
}

// PackValue packs a Go value, as an Encoder writes it. A nil registry knows no classes.
func PackValue(v any, registry *Registry, l Limits) (Packed, error) {
	p := getPacker(registry, l)
	defer p.release()
	return p.result(p.encoder.Encode(v))
}

// Pack packs the value as it came. Lates that are packed one by one share nothing; in one list or struct given to PackValue they do.
func (l Late) Pack(limits Limits) (p Packed, err error) {
	if l.IsZero() {
		return nil, nil
	}
	err = l.Enter(func(d *Decoder) error {
		p, err = Pack(d.reader, limits)
		return err
	})
	return p, err
}

// Bind reads the value into what dst, a non-nil pointer, points to. A nil registry knows no classes. Errors are *Error; those about
// damaged bytes have the reasons ErrSyntax and ErrTruncated.
func (p Packed) Bind(dst any, registry *Registry, l Limits) error {
	u := getUnpacker(p, l.WithDefaults())
	defer u.release()
	u.decoder.Reset(&u.reader, registry, l)
	if err := u.decoder.Bind(dst); err != nil {
		return err
	}
	return u.reader.atEnd()
}

// Check reports whether p can be read from its beginning to its end within the limits.
func (p Packed) Check(l Limits) error {
	u := getUnpacker(p, l.WithDefaults())
	defer u.release()
	var t Token
	for {
		if err := u.reader.Next(&t); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// MarshalTokens writes the value token by token. What it shares within itself stays shared; with values beside it it shares nothing.
func (p Packed) MarshalTokens(e *Encoder) error {
	// What is read is written, and e counts that: a value that could be packed is not refused for what reading it takes.
	u := getUnpacker(p, Limits{Depth: e.maxDepth, Collections: e.maxDepth, Elements: maxPacked / packedRereads, Bytes: maxPacked})
	defer u.release()
	u.copies.from(&u.reader)
	if err := u.copies.value(e); err != nil {
		return err
	}
	return u.reader.atEnd()
}

// UnmarshalTokens packs the value that t begins.
func (p *Packed) UnmarshalTokens(d *Decoder, t *Token) error {
	k := getPacker(nil, Limits{})
	defer k.release()
	k.writer.limits = Limits{Depth: math.MaxInt, Bytes: min(d.bytes, maxPacked)} // the Reader has limits of its own
	k.encoder.elements, k.encoder.bytes = d.elements+1, d.bytes                  // t has been counted
	k.encoder.copies.from(d.reader)
	k.encoder.copies.tok = *t
	packed, err := k.result(k.encoder.copies.rest(&k.encoder))
	if err != nil {
		return err
	}
	d.elements = k.encoder.elements
	*p = packed
	return d.charge(len(packed))
}

func bindPacked(d *Decoder, t *Token, v reflect.Value) error {
	return v.Addr().Interface().(*Packed).UnmarshalTokens(d, t)
}
