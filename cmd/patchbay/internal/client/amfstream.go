package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// An amfStream is a consumer that gets its messages in one endless answer, as by Flex's StreamingAMFChannel.
type amfStream struct {
	consumer
	id     string // of the stream that is open; empty: none is
	body   io.Closer
	frames *frameReader
}

var _ link = (*amfStream)(nil)

// open implements link. As in Flex the session comes first, then the stream, then the subscription: what is published from there on
// finds a stream.
func (s *amfStream) open(ctx context.Context) error {
	s.hangUp()
	known := s.headers != nil
	if err := s.begin(ctx); err != nil {
		return err
	}
	err := s.openStream(ctx)
	if refused, ok := errors.AsType[*StatusError](err); ok && refused.Code == http.StatusBadRequest && known {
		return s.beginAnew(err)
	}
	if err != nil {
		return err
	}
	return s.forgotten(s.subscribe(ctx))
}

// openStream asks for the stream and reads the frame that names it.
func (s *amfStream) openStream(ctx context.Context) error {
	resp, err := s.ask(ctx, "open", "") //nolint:bodyclose // hangUp closes it
	if err != nil {
		return err
	}
	s.body, s.frames = resp.Body, newFrameReader(resp.Body, maxAnswer)
	first, err := s.frame()
	if err != nil {
		return err
	}
	var ack acknowledgement
	if err := first.Bind(&ack); err != nil {
		return fmt.Errorf("read the first message of the stream: %w", err)
	}
	if err := ack.Body.Bind(&s.id); err != nil {
		return fmt.Errorf("read the id of the stream: %w", err)
	}
	return nil
}

// ask sends a streaming request, which is a form and no packet.
func (s *amfStream) ask(ctx context.Context, command, stream string) (*http.Response, error) {
	u, err := url.Parse(s.client.URL)
	if err != nil {
		return nil, fmt.Errorf("read the URL: %w", err)
	}
	query := u.Query()
	query.Set("command", command)
	query.Set("version", "1")
	u.RawQuery = query.Encode()
	id, _ := s.headers.Get(sessionHeader)
	form := url.Values{sessionHeader: {fmt.Sprint(id)}}
	if stream != "" {
		form.Set("streamId", stream)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return s.client.request(ctx, http.MethodPost, u.String(), []byte(form.Encode()), header)
}

// frame reads the message of a frame.
func (s *amfStream) frame() (value.Late, error) {
	content, err := s.frames.next()
	if _, ok := errors.AsType[*frameError](err); ok {
		return value.Late{}, err
	}
	if err != nil {
		return value.Late{}, &ConnectionError{err: lossOf(err)}
	}
	r := amf.NewReader(content, &amf.ReaderOptions{Version: amf.AMF3})
	v, err := value.NewDecoder(r, nil, value.Limits{}).Late()
	return v, unreadable("read a frame as AMF", err)
}

// next implements link.
func (s *amfStream) next(context.Context) ([]*Message, error) {
	v, err := s.frame()
	if err != nil {
		return nil, s.leftOut(err)
	}
	m, err := s.receive(v)
	if m == nil || err != nil {
		return nil, err
	}
	return []*Message{m}, nil
}

// close implements link.
func (s *amfStream) close(ctx context.Context) {
	if s.id != "" {
		if resp, err := s.ask(ctx, "close", s.id); err == nil {
			_ = resp.Body.Close()
		}
	}
	s.hangUp()
	s.consumer.close(ctx)
}

// hangUp lets go of a stream without a word.
func (s *amfStream) hangUp() {
	if s.body != nil {
		_ = s.body.Close()
	}
	s.id, s.body, s.frames = "", nil, nil
}
