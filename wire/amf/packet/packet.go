// Package packet writes AMF packets as who calls does, with one body, and reads what comes back: AMF0 specification, section 4. What
// serves the packets of others, with all that may be wrong with them, is protocols/amf.
package packet

import (
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// A Packet is one body, and what stands before it.
type Packet struct {
	Version  uint16 // 0, or 3 of a sender that speaks AMF3
	Headers  []Header
	Target   string // what is called; "null" for a Flex message
	Response string // what the target of the answer begins with
	// Body writes the body's value to the Writer of the packet.
	Body func() error
}

// A Header is one that need not be understood. Value writes its value to the Writer of the packet.
type Header struct {
	Name  string
	Value func() error
}

// Write writes a packet with true lengths; each value has reference tables of its own. After an error part of it has been written.
func Write(w *amf.Writer, p *Packet) error {
	w.Uint16(p.Version)
	w.Uint16(uint16(len(p.Headers)))
	for i := range p.Headers {
		if err := w.UTF(p.Headers[i].Name); err != nil {
			return err
		}
		w.Byte(0) // need not be understood
		if err := writeValue(w, p.Headers[i].Value); err != nil {
			return err
		}
	}
	w.Uint16(1)
	if err := w.UTF(p.Target); err != nil {
		return err
	}
	if err := w.UTF(p.Response); err != nil {
		return err
	}
	return writeValue(w, p.Body)
}

// writeValue writes a value behind its length.
func writeValue(w *amf.Writer, write func() error) error {
	length := w.Len()
	w.Uint32(0)
	w.NewTables()
	if err := write(); err != nil {
		return err
	}
	w.PutUint32(length, uint32(w.Len()-length-4))
	return nil
}

// ReadHead reads up to the first body, passes over headers on the way, and returns how many bodies follow. d reads from r.
func ReadHead(r *amf.Reader, d *value.Decoder) (bodies int, err error) {
	if _, err := r.Uint16("the version"); err != nil {
		return 0, err
	}
	headers, err := r.Uint16("the count of headers")
	if err != nil {
		return 0, err
	}
	for range headers {
		if err := skipHeader(r, d); err != nil {
			return 0, err
		}
	}
	n, err := r.Uint16("the count of bodies")
	return int(n), err
}

func skipHeader(r *amf.Reader, d *value.Decoder) error {
	if _, err := r.UTF("the name of a header"); err != nil {
		return err
	}
	if _, err := r.Byte("whether a header must be understood"); err != nil {
		return err
	}
	if _, err := r.Uint32("the length of a header"); err != nil {
		return err
	}
	r.NewTables()
	_, err := d.Late()
	return err
}

// ReadBody reads up to the value of a body, which is next, with reference tables of its own, and returns the body's target.
func ReadBody(r *amf.Reader) (target string, err error) {
	if target, err = r.UTF("the target of a body"); err != nil {
		return "", err
	}
	if _, err = r.UTF("the response address of a body"); err != nil {
		return "", err
	}
	_, err = r.Uint32("the length of a body") // lengths lie
	r.NewTables()
	return target, err
}
