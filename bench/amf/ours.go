package main

import (
	"fmt"
	"os"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// An order is what the payload holds 1,000 of, under the alias com.acme.Order. A list of pointers makes one object each, as
// in the other languages.
type order struct {
	Active   bool
	Category string
	Created  time.Time
	ID       int
	Name     string
	Note     string // null or text; null becomes no text, as Go people have it
	Price    float64
	Quantity int
	Tags     []string
	Total    int
}

// ours is Patchbay's codec as the server uses it: readers, writers and their tables are kept from one unit to the next.
type ours struct {
	value, packet []byte // the payload: the list alone, and in a remoting reply
	orders        []order
	reply         acknowledgeMessage[[]order]

	registry  *value.Registry
	reader    *amf.Reader
	writer    *amf.Writer
	decoder   *value.Decoder
	encoder   *value.Encoder
	valueIn   amf.ReaderOptions
	valueOut  amf.WriterOptions
	packetIn  amf.ReaderOptions
	packetOut amf.WriterOptions
}

func newOurs(valueFile, packetFile string) (*ours, error) {
	o := &ours{registry: newRegistry[[]order]()}
	var err error
	if o.value, err = os.ReadFile(valueFile); err != nil {
		return nil, err
	}
	if o.packet, err = os.ReadFile(packetFile); err != nil {
		return nil, err
	}
	o.valueIn.Version = amf.AMF3
	o.valueOut.AMF3 = true
	o.reader = amf.NewReader(nil, &o.valueIn)
	o.writer = amf.NewWriter(&o.valueOut)
	o.decoder = value.NewDecoder(o.reader, o.registry, value.Limits{})
	o.encoder = value.NewEncoder(o.writer, o.registry, value.Limits{})

	if o.orders, err = o.decode(); err != nil {
		return nil, err
	}
	if len(o.orders) != 1000 || o.orders[999].ID != 1000 {
		return nil, fmt.Errorf("the payload does not hold the orders 1 to 1000")
	}
	o.reply, err = o.decodePacket()
	return o, err
}

// measures are what the worker offers; every one is a whole pass over the payload.
func (o *ours) measures() map[string]func() error {
	return map[string]func() error{
		measureDecode:    func() error { _, err := o.decode(); return err },
		measureEncode:    o.encode,
		measurePacketIn:  func() error { _, err := o.decodePacket(); return err },
		measurePacketOut: o.encodePacket,
	}
}

func (o *ours) decode() ([]order, error) {
	o.reader.Reset(o.value, &o.valueIn)
	o.decoder.Reset(o.reader, o.registry, value.Limits{})
	var orders []order
	err := o.decoder.Bind(&orders)
	return orders, err
}

func (o *ours) encode() error {
	o.writer.Reset(&o.valueOut)
	o.encoder.Reset(o.writer, o.registry, value.Limits{})
	return o.encoder.Encode(o.orders)
}

func (o *ours) decodePacket() (acknowledgeMessage[[]order], error) {
	o.reader.Reset(o.packet, &o.packetIn)
	o.decoder.Reset(o.reader, o.registry, value.Limits{})
	var reply acknowledgeMessage[[]order]
	_, err := readPacket(o.reader, o.decoder, &reply)
	return reply, err
}

func (o *ours) encodePacket() error {
	o.writer.Reset(&o.packetOut)
	o.encoder.Reset(o.writer, o.registry, value.Limits{})
	return writePacket(o.writer, o.encoder, "/1/onResult", "null", &o.reply)
}
