package amf

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// heartbeat is what stands between frames where there is nothing to say. Clients skip it, and frames whose content begins with it.
var heartbeat = []byte{0}

// lineEnd ends the length of a frame, and the frame.
const lineEnd = "\r\n"

// maxGathered is how many bytes of frames are sent at once at most, and what the last one has beyond.
const maxGathered = 64 << 10

// openCorrelation is the correlationId of a stream's first message: it answers the command.
const openCorrelation = commandOpen

// A frameWriter writes messages as frames: the length in hexadecimal digits, a line end, the message in AMF3 with reference tables of its
// own, and a line end. It is taken from a pool and goes back to it.
type frameWriter struct {
	out     []byte
	writer  wire.Writer
	encoder value.Encoder
	message acknowledgement

	set     *core.ChannelSet
	options wire.WriterOptions
	noEnd   bool
}

func (e *Endpoint) frameWriter(set *core.ChannelSet) *frameWriter {
	w, ok := e.frames.Get().(*frameWriter)
	if !ok {
		w = &frameWriter{noEnd: e.opts.NoFrameEnd}
		w.options = e.opts.writerOptions(w.external)
		w.options.AMF3 = true
	}
	w.set = set
	w.options.Limits = set.Limits().Value
	return w
}

// release lets go of what was written and gives the writer back, unless it has become large.
func (w *frameWriter) release(e *Endpoint) {
	if cap(w.out) > maxKept || w.writer.Len() > maxKept {
		return
	}
	w.writer.Reset(&w.options)
	w.encoder.Reset(&w.writer, nil, value.Limits{})
	clear(w.message.headers)
	w.message = acknowledgement{headers: w.message.headers[:0]}
	w.set, w.out = nil, w.out[:0]
	e.frames.Put(w)
}

func (w *frameWriter) external(class string) wire.External {
	codec, _ := w.set.Registry().External(class).(wire.External)
	return codec
}

// add appends the message as a frame. After an error nothing was appended.
func (w *frameWriter) add() error {
	content, err := w.encode()
	if err == nil {
		w.frame(content)
	}
	return err
}

// encode returns the message as bytes, which are good until the next.
func (w *frameWriter) encode() ([]byte, error) {
	w.writer.Reset(&w.options)
	w.encoder.Reset(&w.writer, w.set.Registry(), w.options.Limits)
	err := safely(func() error { return w.message.write(&w.encoder) })
	return w.writer.Bytes(), err
}

// frame appends a frame whose content is in parts.
func (w *frameWriter) frame(parts ...[]byte) {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	w.out = strconv.AppendUint(w.out, uint64(n), 16)
	w.out = append(w.out, lineEnd...)
	for _, part := range parts {
		w.out = append(w.out, part...)
	}
	if !w.noEnd {
		w.out = append(w.out, lineEnd...)
	}
}

// begin sends what makes the browser pass on all that follows, and the message that tells the client that its stream is open.
func (st *stream) begin(ctx context.Context, kickStart int) error {
	w := st.endpoint.frameWriter(st.set)
	defer w.release(st.endpoint)
	if n := kickStart - len(strconv.FormatInt(int64(kickStart), 16)) - 2*len(lineEnd); n > 0 {
		w.frame(bytes.Repeat(heartbeat, n))
	}
	w.message = acknowledgement{shape: acknowledgeShape, body: st.id, correlationID: openCorrelation,
		messageID: st.endpoint.newID(), timestamp: float64(st.set.Now().UnixMilli())}
	if st.small() {
		w.message.shape = smallShape
	}
	if err := w.add(); err != nil {
		return err
	}
	return st.flush(ctx, w)
}

// send sends messages. One that cannot be expressed is left out.
func (st *stream) send(ctx context.Context, events []core.FeedEvent) error {
	w := st.endpoint.frameWriter(st.set)
	defer w.release(st.endpoint)
	shape := asyncShape
	if st.small() {
		shape = smallAsyncShape
	}
	for i := range events {
		d := &events[i].Delivery
		if err := w.addDelivery(d, shape, &st.endpoint.shared); err != nil {
			st.set.Logger().ErrorContext(ctx, "message cannot be encoded and is left out of a stream",
				"destination", d.Message.Destination, "message", d.Message.ID, "error", err)
		}
		if len(w.out) >= maxGathered {
			if err := st.flush(ctx, w); err != nil {
				return err
			}
		}
	}
	st.busy = time.Now()
	return st.flush(ctx, w)
}

// disconnect tells the client that the stream ends and that it is not to connect anew by itself.
func (st *stream) disconnect(ctx context.Context) error {
	w := st.endpoint.frameWriter(st.set)
	defer w.release(st.endpoint)
	w.message = acknowledgement{shape: commandShape, operation: CommandDisconnect,
		messageID: st.endpoint.newID(), timestamp: float64(st.set.Now().UnixMilli())}
	if err := w.add(); err != nil {
		return err
	}
	return st.flush(ctx, w)
}

// flush sends what w holds.
func (st *stream) flush(ctx context.Context, w *frameWriter) error {
	if len(w.out) == 0 {
		return nil
	}
	err := st.reply.Send(ctx, w.out)
	w.out = w.out[:0]
	if err != nil {
		return errGone
	}
	return nil
}

// small reports whether the client understands small messages. It may have agreed on them since, or logged out.
func (st *stream) small() bool {
	return !st.endpoint.opts.NoSmallMessages && readSession(st.conn.Session()).messagingVersion >= messagingVersion
}
