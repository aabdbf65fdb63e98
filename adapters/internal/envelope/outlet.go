package envelope

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// An Outlet is what all bridges out do before a broker gets its part. It is set up once and then used by any number of goroutines.
type Outlet struct {
	Writer Writer
	// MaxBytes is how many bytes the broker takes of a message, its attributes included; Overhead what it counts beyond Parcel.Size.
	MaxBytes, Overhead int
	// Aside takes what the broker would never take: see ErrTooLarge. Where it returns an error, or is nil, the message stays, and nothing
	// passes it.
	Aside func(ctx context.Context, m *core.Message, reason error) error
}

// ErrTooLarge is why a message is put aside that is larger than its broker allows.
var ErrTooLarge = errors.New("the message is too large for the broker")

// Pack returns the parcels of messages, in their order, without those that are not to go out and those that were put aside.
func (o *Outlet) Pack(ctx context.Context, messages []*core.Message) ([]*Parcel, error) {
	parcels := make([]*Parcel, 0, len(messages))
	for _, m := range messages {
		p, err := o.Writer.Write(m)
		switch {
		case errors.Is(err, value.ErrLimit):
			err = fmt.Errorf("%w: %w", ErrTooLarge, err)
		case p != nil:
			err = o.fits(p)
		}
		switch {
		case err != nil:
			if err := o.PutAside(ctx, m, err); err != nil {
				return nil, err
			}
		case p != nil:
			p.message = m
			parcels = append(parcels, p)
		}
	}
	return parcels, nil
}

func (o *Outlet) fits(p *Parcel) error {
	if size := p.Size() + o.Overhead; size > o.MaxBytes {
		return fmt.Errorf("message %q of %s has %d bytes, of which %d may be: %w", p.ID, p.Topic.Destination, size, o.MaxBytes, ErrTooLarge)
	}
	return nil
}

// IsOfContent reports whether the code of an error of SQS or SNS says that what is in a message cannot be. Their other "sender faults" are about
// rights and keys, which whoever runs the bridge can mend: a message that met them is not to be put aside.
func IsOfContent(code string) bool {
	switch code {
	case "InvalidMessageContents", "InvalidAttributeValue", "InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "MessageTooLong":
		return true
	}
	return false
}

// PutAside has a message put aside that the broker will never take.
func (o *Outlet) PutAside(ctx context.Context, m *core.Message, reason error) error {
	if o.Aside == nil {
		return reason
	}
	if err := o.Aside(ctx, m, reason); err != nil {
		return fmt.Errorf("put aside, since %w: %w", reason, err)
	}
	return nil
}

// Message returns what the parcel was made of.
func (p *Parcel) Message() *core.Message { return p.message }

// Batches cuts parcels into runs of so many, and so many bytes, at most. One that has more by itself is a batch of its own.
func (o *Outlet) Batches(parcels []*Parcel, count, bytes int) [][]*Parcel {
	var batches [][]*Parcel
	begin, size := 0, 0
	for i, p := range parcels {
		n := p.Size() + o.Overhead
		if i > begin && (i-begin == count || size+n > bytes) {
			batches = append(batches, parcels[begin:i])
			begin, size = i, 0
		}
		size += n
	}
	if begin < len(parcels) {
		batches = append(batches, parcels[begin:])
	}
	return batches
}

// Short returns a text as it is where it has at most that many bytes, all of them letters, digits or ASCII punctuation, and its hash
// otherwise: brokers take nothing else as the name of a group, or to tell what comes twice.
func Short(text string, most int) string {
	fits := text != "" && len(text) <= most
	for i := 0; fits && i < len(text); i++ {
		fits = text[i] > ' ' && text[i] < 0x7f
	}
	if fits {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
