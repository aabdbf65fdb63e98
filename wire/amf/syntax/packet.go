package syntax

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
)

// isReply reports whether a body's target says that it answers a call.
func isReply(target string) bool {
	for _, suffix := range []string{"/onResult", "/onStatus", "/onDebugEvents"} {
		if strings.HasSuffix(target, suffix) {
			return true
		}
	}
	return false
}

// checkPacketStart names what people feed to a packet reader by mistake: an error page, or a request with its HTTP head.
func checkPacketStart(b []byte) error {
	if bytes.HasPrefix(b, []byte("<")) {
		return value.Errorf(0, value.ErrSyntax, "this is XML or HTML, not AMF: it begins with \"<\"")
	}
	for _, word := range []string{"GET ", "POST ", "HTTP/", "OPTIONS "} {
		if bytes.HasPrefix(b, []byte(word)) {
			return value.Errorf(0, value.ErrSyntax, "this is HTTP with its head; only the body is AMF")
		}
	}
	return nil
}

// packet reads a remoting packet. Lengths are shown, not believed.
func (p *parser) packet() error {
	if err := checkPacketStart(p.in.Buf); err != nil {
		return err
	}
	version, err := p.in.U16("the version of a packet")
	if err != nil {
		return err
	}
	if !knownVersion(version) {
		return value.Errorf(0, value.ErrSyntax, "packet version ", strconv.Itoa(int(version)),
			" is none of 0, 1 and 3: this is no AMF packet (bare values are of kind amf0 or amf3)")
	}
	p.doc.Packet = &Packet{Version: version}
	if err := p.headers(); err != nil {
		return err
	}
	if err := p.bodies(); err != nil {
		return err
	}
	p.doc.Packet.Trailing = p.in.Buf[p.in.Off:]
	return nil
}

func knownVersion(v uint16) bool { return v == 0 || v == 1 || v == 3 }

func (p *parser) headers() error {
	count, err := p.in.U16("the count of headers")
	if err != nil {
		return err
	}
	for i := range int(count) {
		h, err := p.header()
		if h.Value != nil {
			p.doc.Packet.Headers = append(p.doc.Packet.Headers, h)
		}
		if err != nil {
			return value.Within("headers", value.WithinIndex(i, err))
		}
	}
	return nil
}

func (p *parser) header() (h Header, err error) {
	h.at = at(p.in.Off)
	if h.Name, err = p.string0("the name of a header"); err != nil {
		return h, err
	}
	must, err := p.in.Byte("a header")
	if err != nil {
		return h, err
	}
	h.MustUnderstand = must != 0
	h.Length, h.Actual, h.Value, err = p.sized("a header")
	return h, err
}

func (p *parser) bodies() error {
	count, err := p.in.U16("the count of bodies")
	if err != nil {
		return err
	}
	for i := range int(count) {
		b, err := p.body()
		if b.Value != nil {
			p.doc.Packet.Bodies = append(p.doc.Packet.Bodies, b)
		}
		if err != nil {
			return value.Within("bodies", value.WithinIndex(i, err))
		}
	}
	return nil
}

func (p *parser) body() (b Body, err error) {
	b.at = at(p.in.Off)
	if b.Target, err = p.string0("the target of a body"); err != nil {
		return b, err
	}
	if b.Response, err = p.string0("the response address of a body"); err != nil {
		return b, err
	}
	b.Length, b.Actual, b.Value, err = p.sized("a body")
	if args, ok := b.Value.(*StrictArray); ok {
		args.Args = !isReply(b.Target)
	}
	return b, err
}

// sized reads a claimed length and the value behind it, with tables of its own.
func (p *parser) sized(what string) (Length, int, Node, error) {
	length, err := p.in.U32("the length of " + what)
	if err != nil {
		return 0, 0, nil, err
	}
	p.fresh()
	start := p.in.Off
	v, err := p.value0()
	if err != nil {
		err = withinName("value", err)
	}
	return Length(length), p.in.Off - start, v, err
}
