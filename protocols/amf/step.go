package amf

import (
	"context"
	"errors"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A step serves one packet. It is taken from a pool and goes back to it, so nothing that a target may hold is part of it.
type step struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	in       *core.Inbound
	packet   *Packet
	bodies   []body
	failed   *core.Fault // why no body is run: what a header's handler said
	caller   caller

	reader   wire.Reader
	decoder  value.Decoder
	writer   wire.Writer
	encoder  value.Encoder
	answers  int // bodies written
	served   int // bodies run
	received time.Time
	reply    acknowledgement
	pushes   pushes
	random   [32]byte // what ids are made of

	readerOptions wire.ReaderOptions
	writerOptions wire.WriterOptions
}

func newStep(e *Endpoint) *step {
	s := &step{endpoint: e}
	s.pushes.step = s
	s.readerOptions = wire.ReaderOptions{Strict: e.opts.Strict, Externals: s.external}
	s.writerOptions = e.opts.writerOptions(s.external)
	return s
}

// external finds the reader and writer of a class that the application has registered.
func (s *step) external(class string) wire.External {
	codec, _ := s.set.Registry().External(class).(wire.External)
	return codec
}

func (s *step) begin(set *core.ChannelSet, in *core.Inbound) {
	s.set, s.in = set, in
	limits := set.Limits().Value
	s.readerOptions.Limits, s.writerOptions.Limits = limits, limits
	s.reader.Reset(in.Unit, &s.readerOptions)
	s.decoder.Reset(&s.reader, set.Registry(), limits)
	s.writer.Reset(&s.writerOptions)
	s.packet = &Packet{}
	s.served, s.received = 0, in.Received
	if s.received.IsZero() {
		s.received = set.Now()
	}
}

// maxKept is how large an answer's buffer may be to be kept for the next.
const maxKept = 256 << 10

// end lets go of everything that belongs to the packet and gives the step back, unless a large packet has made it large. The reader
// refuses the packet's marks from now on in any case: its bytes may be those of another request soon.
func (s *step) end() {
	isLarge := s.writer.Len() > maxKept || len(s.in.Unit) > maxKept
	s.reader.Reset(nil, &s.readerOptions)
	if isLarge {
		return
	}
	e := s.endpoint
	s.decoder.Reset(&s.reader, nil, value.Limits{})
	s.encoder.Reset(&s.writer, nil, value.Limits{})
	clear(s.bodies)
	s.bodies, s.answers = s.bodies[:0], 0
	s.set, s.in, s.packet, s.failed = nil, nil, nil, nil
	s.caller, s.reply = caller{}, acknowledgement{}
	s.pushes.found, s.pushes.message = nil, acknowledgement{}
	e.steps.Put(s)
}

// serveBody runs one body and answers it.
func (s *step) serveBody(ctx context.Context, b *body) {
	if b.isMessage() {
		s.serveMessage(ctx, b)
	} else {
		s.serveCall(ctx, b)
	}
}

// unreadable is the fault for bytes that cannot be read. Its text says where.
func unreadable(err error) *core.Fault {
	if errors.Is(err, value.ErrLimit) {
		return core.TooLarge.Errorf("%s", err).WithCause(err)
	}
	return core.Malformed.Errorf("%s", err).WithCause(err)
}
