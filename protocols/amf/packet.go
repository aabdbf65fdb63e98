package amf

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A body is one request of a packet: AMF0 specification, section 4.2.
type body struct {
	target   string     // "service.method"; "null" or nothing for a Flex message
	response string     // what the answer's target begins with
	value    value.Late // the arguments, or the message in a list or alone
	amf3     bool       // the value of the answer is AMF3
	fault    *core.Fault
}

// isMessage reports whether the body is a Flex message.
func (b *body) isMessage() bool { return b.target == "" || b.target == "null" }

// isUnanswered reports whether the client takes no answer.
func (b *body) isUnanswered() bool { return b.response == "" || b.response == "null" }

// maxAddress is how long target and response of a body may be: with what the answer adds they have to fit 65,535 bytes.
const maxAddress = 1024

// readPacket reads headers and bodies. The fault says that nothing of the packet can be answered.
func (s *step) readPacket() *core.Fault {
	if err := s.readVersion(); err != nil {
		return unreadable(err)
	}
	if err := s.readHeaders(); err != nil {
		return unreadable(err)
	}
	n, err := s.reader.Uint16("the count of bodies")
	if err != nil {
		return unreadable(err)
	}
	if err := tooMany("bodies", int(n), s.endpoint.opts.MaxBodies); err != nil {
		return unreadable(err)
	}
	return s.readBodies(int(n))
}

// readVersion reads the version that the client speaks. 1 is what Flash Media Server's clients say, and means 0.
func (s *step) readVersion() error {
	if looksLikeText(s.in.Unit) {
		return value.Errorf(0, value.ErrSyntax, "This is XML or HTML, not AMF.")
	}
	v, err := s.reader.Uint16("the version of the packet")
	if err != nil {
		return err
	}
	if v != 0 && v != 1 && v != 3 {
		return value.Errorf(0, value.ErrSyntax, "This is not an AMF packet: it does not begin with version 0 or 3.")
	}
	s.packet.Version = int(v)
	return nil
}

// tooMany is the error for a packet that announces more than it may have; nil: it does not.
func tooMany(what string, n, most int) error {
	if n <= most {
		return nil
	}
	return value.Errorf(-1, value.ErrLimit, fmt.Sprintf("A packet may have %d %s; this one says it has %d.", most, what, n))
}

func looksLikeText(unit []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(unit, " \r\n\t\ufeff"), []byte("<"))
}

// readHeaders passes over the headers and notes them.
func (s *step) readHeaders() error {
	n, err := s.reader.Uint16("the count of headers")
	if err != nil || n == 0 {
		return err
	}
	if err := tooMany("headers", int(n), s.endpoint.opts.MaxHeaders); err != nil {
		return err
	}
	s.packet.Headers = make([]Header, n)
	for i := range s.packet.Headers {
		if err := s.readHeader(&s.packet.Headers[i]); err != nil {
			return value.Within("headers", value.WithinIndex(i, err))
		}
	}
	return nil
}

func (s *step) readHeader(h *Header) (err error) {
	if h.Name, err = s.reader.UTF("the name of a header"); err != nil {
		return err
	}
	must, err := s.reader.Byte("whether a header must be understood")
	if err != nil {
		return err
	}
	h.MustUnderstand = must != 0
	if _, err = s.reader.Uint32("the length of a header"); err != nil { // lengths lie, nobody needs them
		return err
	}
	s.reader.NewTables()
	h.Value, err = s.decoder.Late()
	return err
}

// readBodies notes the bodies. All but a single one are passed over first, so that one which cannot be read, or has arguments that
// do not fit, costs no other: those before it are run, and what is behind it is lost, since nobody knows where it begins. The fault
// says that not even an address for an answer could be read.
func (s *step) readBodies(n int) *core.Fault {
	for i := range n {
		s.bodies = append(s.bodies, body{})
		b := &s.bodies[i]
		if err := s.readBody(b, n == 1); err != nil {
			err = value.Within("bodies", value.WithinIndex(i, err))
			if b.value.IsZero() && i == 0 {
				return unreadable(err)
			}
			b.fault = unreadable(err)
			return nil
		}
	}
	return nil
}

func (s *step) readBody(b *body, only bool) (err error) {
	if b.target, err = s.reader.UTF("the target of a body"); err != nil {
		return err
	}
	if b.response, err = s.reader.UTF("the response address of a body"); err != nil {
		return err
	}
	claimed, err := s.reader.Uint32("the length of a body") // 0, 1 and 4,294,967,295 are common
	if err != nil {
		return err
	}
	if len(b.target) > maxAddress || len(b.response) > maxAddress {
		b.target, b.response = "", ""
		return value.Errorf(s.reader.Offset(), value.ErrLimit, "a target or a response address is too long")
	}
	isAMF0 := !startsAMF3(s.in.Unit[s.reader.Offset():])
	b.amf3 = s.packet.Version == 3 || !isAMF0
	return s.markValue(b, numberings(claimed), only && !isAMF0)
}

// numberings says how the sender of a body counts what its AMF0 references name, the likeliest way first. Peers differ, and the
// claimed length is what gives them away: PyAMF writes 0, BlazeDS 1, Flash Player the true one.
func numberings(claimed uint32) [3]wire.Numbering {
	switch claimed {
	case 0:
		return [...]wire.Numbering{wire.NumberingPyAMF, wire.NumberingFlash, wire.NumberingSpecification}
	case 1:
		return [...]wire.Numbering{wire.NumberingSpecification, wire.NumberingFlash, wire.NumberingPyAMF}
	default:
		return [...]wire.Numbering{wire.NumberingFlash, wire.NumberingPyAMF, wire.NumberingSpecification}
	}
}

// markValue notes where the value of a body stands and, unless it is the last that will be read, passes over it. AMF0 is always
// passed over: only then is it known by which rule the sender numbers what it refers to, since a reference to nothing, or to the
// arguments themselves, can only be meant by another.
func (s *step) markValue(b *body, rules [3]wire.Numbering, last bool) (err error) {
	start := s.reader.Offset()
	for _, rule := range rules {
		s.beginValue(start, rule)
		b.value = s.decoder.Ahead()
		if last {
			return nil
		}
		_, err2 := s.decoder.Late()
		if err2 == nil {
			return nil
		}
		err = cmp.Or(err, err2)
		if !errors.Is(err2, wire.ErrReferencesArguments) && !errors.Is(err2, value.ErrSyntax) {
			return err
		}
	}
	return err
}

// beginValue goes to the value of a body, with fresh reference tables.
func (s *step) beginValue(start int, rule wire.Numbering) {
	s.reader.Seek(start)
	s.reader.NewTables()
	s.reader.Arguments(rule)
}

// startsAMF3 reports whether a body is AMF3, or a list of arguments of which the first one is: the two forms that clients of AMF3 send.
func startsAMF3(b []byte) bool {
	const strictArray, avmPlus, countLength = 0x0A, 0x11, 4
	if len(b) > 1+countLength && b[0] == strictArray {
		b = b[1+countLength:]
	}
	return len(b) > 0 && b[0] == avmPlus
}

// splitTarget cuts a NetConnection target at its last dot. Without one the default service is meant.
func splitTarget(target string) (service, operation string) {
	i := strings.LastIndexByte(target, '.')
	if i < 0 {
		return "", target
	}
	return target[:i], target[i+1:]
}
