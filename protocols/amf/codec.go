package amf

import (
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A codec is what a step reads and writes with, which is the larger part of it. It has a pool of its own, so that a poll that waits lets
// go of it meanwhile.
type codec struct {
	set        *core.ChannelSet
	reader     wire.Reader
	decoder    value.Decoder
	writer     wire.Writer
	encoder    value.Encoder
	reply      acknowledgement
	deliveries deliveries
	random     [32]byte // what ids are made of

	readerOptions wire.ReaderOptions
	writerOptions wire.WriterOptions
}

// takeCodec returns a codec that reads unit.
func (e *Endpoint) takeCodec(set *core.ChannelSet, unit []byte) *codec {
	c, ok := e.codecs.Get().(*codec)
	if !ok {
		c = &codec{}
		c.deliveries.codec = c
		c.readerOptions = wire.ReaderOptions{Strict: e.opts.Strict, Externals: c.external}
		c.writerOptions = e.opts.writerOptions(c.external)
	}
	c.set = set
	limits := set.Limits().Value
	c.readerOptions.Limits, c.writerOptions.Limits = limits, limits
	c.reader.Reset(unit, &c.readerOptions)
	c.decoder.Reset(&c.reader, set.Registry(), limits)
	c.writer.Reset(&c.writerOptions)
	return c
}

// external finds the reader and writer of a class that the application has registered.
func (c *codec) external(class string) wire.External {
	external, _ := c.set.Registry().External(class).(wire.External)
	return external
}

// maxKept is how large a packet or its answer may be for the memory to be kept for the next.
const maxKept = 256 << 10

// giveCodec takes a codec back, unless a large packet has made it large. Its reader refuses the packet's marks from now on in any case:
// the bytes may be those of another request soon.
func (e *Endpoint) giveCodec(c *codec, unit []byte) {
	isLarge := c.writer.Len() > maxKept || len(unit) > maxKept
	c.reader.Reset(nil, &c.readerOptions)
	if isLarge {
		return
	}
	c.decoder.Reset(&c.reader, nil, value.Limits{})
	c.encoder.Reset(&c.writer, nil, value.Limits{})
	c.reply = acknowledgement{}
	c.deliveries.found, c.deliveries.message = nil, acknowledgement{}
	c.set = nil
	e.codecs.Put(c)
}
