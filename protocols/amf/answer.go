package amf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// The ends of an answer's target: AMF0 specification, section 4.2.
const (
	onResult = "/onResult"
	onStatus = "/onStatus"
)

// headSize is the length of version, count of headers and count of bodies, where there is no header.
const headSize = 6

// answer writes v as the result of a body. After an error nothing of it has been written; the error is for a fault in its place.
func (s *step) answer(ctx context.Context, b *body, v any) error {
	err := s.writeBody(b, onResult, func() error { return s.encoder.Encode(v) })
	return s.resultFault(ctx, b, err)
}

// resultFault is the fault for a result that cannot be sent, which is our mistake and nobody's business. Nil for nil.
func (s *step) resultFault(ctx context.Context, b *body, err error) error {
	if err == nil {
		return nil
	}
	s.set.Logger().ErrorContext(ctx, "result cannot be encoded", "target", b.target, "error", err)
	if errors.Is(err, value.ErrLimit) {
		return core.TooLarge.Errorf("The result is too large to be sent.").WithCause(err)
	}
	return &core.Fault{Code: core.Internal}
}

// answerFault answers a body with what it has failed with, in the form that write gives it; without Detail, if that cannot be sent.
func (s *step) answerFault(ctx context.Context, b *body, f *core.Fault, write func(*core.Fault) error) {
	err := s.writeBody(b, onStatus, func() error { return write(f) })
	if err != nil && f.Detail != nil {
		s.set.Logger().ErrorContext(ctx, "detail of a fault cannot be encoded", "target", b.target, "error", err)
		f = f.WithDetail(nil)
		err = s.writeBody(b, onStatus, func() error { return write(f) })
	}
	if err != nil {
		s.set.Logger().ErrorContext(ctx, "fault cannot be encoded", "target", b.target, "error", err)
	}
}

// writeBody writes one body of the answer; encode writes its value. After an error nothing of it has been written.
func (s *step) writeBody(b *body, end string, encode func() error) error {
	w := &s.writer
	s.beginAnswer()
	start := w.Len()
	err := w.UTF(b.response + end)
	if err == nil {
		err = w.UTF("") // nobody answers an answer
	}
	length := w.Len()
	w.Uint32(0)
	if err == nil {
		s.beginAnswerValue(b.amf3)
		err = safely(encode)
	}
	if err != nil {
		w.Truncate(start)
		return err
	}
	w.PutUint32(length, uint32(w.Len()-length-4))
	s.answers++
	return nil
}

// safely turns a panic of code that writes a value of the application into an error.
func safely(encode func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return encode()
}

// beginAnswerValue makes writer and encoder ready for the value of a body or header, with tables of its own.
func (s *step) beginAnswerValue(amf3 bool) {
	s.writer.NewTables()
	if amf3 {
		s.writer.BehindMarker()
	}
	s.encoder.Reset(&s.writer, s.set.Registry(), s.set.Limits().Value)
}

// beginAnswer leaves room for the head of the packet before the first body.
func (s *step) beginAnswer() {
	if s.writer.Len() == 0 {
		s.writer.Uint16(s.replyVersion())
		s.writer.Uint16(0)
		s.writer.Uint16(0)
	}
}

// replyVersion is the version of the request, but for 1, which only clients say.
func (s *step) replyVersion() uint16 {
	if s.packet.Version == 3 {
		return 3
	}
	return 0
}

// finishPacket returns the whole answer. Without any body it is a packet with none: Flash takes no empty answer.
func (s *step) finishPacket(ctx context.Context) []byte {
	s.beginAnswer()
	s.announce()
	unit := s.writer.Bytes()
	binary.BigEndian.PutUint16(unit[4:], uint16(s.answers))
	if len(s.packet.reply) == 0 {
		return unit
	}
	return s.withHeaders(ctx, len(unit))
}

// withHeaders returns the answer, of which size bytes are written, with the headers that targets have added. They are known last
// and come first, so they are written behind the bodies and put in their place.
func (s *step) withHeaders(ctx context.Context, size int) []byte {
	count := 0
	for _, h := range s.packet.reply {
		start := s.writer.Len()
		if err := s.writeHeader(h); err != nil {
			s.writer.Truncate(start)
			s.set.Logger().ErrorContext(ctx, "header cannot be encoded", "header", h.name, "error", err)
			continue
		}
		count++
	}
	all := s.writer.Bytes()
	whole := make([]byte, 0, len(all))
	whole = append(whole, all[:2]...)
	whole = binary.BigEndian.AppendUint16(whole, uint16(count))
	whole = append(whole, all[size:]...)
	whole = binary.BigEndian.AppendUint16(whole, uint16(s.answers))
	return append(whole, all[headSize:size]...)
}

func (s *step) writeHeader(h replyHeader) error {
	w := &s.writer
	if err := w.UTF(h.name); err != nil {
		return err
	}
	must := byte(0)
	if h.mustUnderstand {
		must = 1
	}
	w.Byte(must)
	length := w.Len()
	w.Uint32(0)
	s.beginAnswerValue(false)
	if err := safely(func() error { return s.encoder.Encode(h.value) }); err != nil {
		return err
	}
	w.PutUint32(length, uint32(w.Len()-length-4))
	return nil
}
