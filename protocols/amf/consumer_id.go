package amf

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/patchbay-go/patchbay/core"
)

// The clientId of a consumer is made by its first subscribe. It names the consumer within its connection and nowhere else, so another
// client's with the same text would harm nobody; yet BlazeDS refuses that, and so do we, without asking the store who has it. An id that
// we make is a UUID of random bytes and two proofs: that it is ours, and for whom it was made.
//
//	0                 8               12               16
//	| 60 random bits  | 30 bits: ours | 32 bits: whose |     less the bits that say which kind of UUID it is
const (
	consumerOurs  = 8
	consumerWhose = 12
)

// consumerID returns the clientId with which a message subscribes: a new one where the client has none yet, which the answer then
// tells. One that was made for another client is refused in BlazeDS's words; one that is none of ours is taken as it is.
func (e *Endpoint) consumerID(ctx context.Context, set *core.ChannelSet, client *core.Client, id string) (string, error) {
	if id == "" {
		return e.newConsumerID(ctx, set, client)
	}
	raw, ok := readUUID(id)
	if !ok {
		return id, nil
	}
	proven := raw
	if err := proveConsumer(ctx, set, client, &proven); err != nil {
		return "", err
	}
	ours := subtle.ConstantTimeCompare(raw[:consumerWhose], proven[:consumerWhose]) == 1
	if ours && subtle.ConstantTimeCompare(raw[consumerWhose:], proven[consumerWhose:]) != 1 {
		return "", core.Conflict.Errorf("Duplicate subscription. Another client has already subscribed with the clientId, '%s'.", id).
			WithName(defaultFaultCode)
	}
	return id, nil
}

func (e *Endpoint) newConsumerID(ctx context.Context, set *core.ChannelSet, client *core.Client) (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(e.opts.Random, raw[:consumerOurs]); err != nil {
		return "", fmt.Errorf("make clientId: %w", err)
	}
	markUUID(raw[:])
	if err := proveConsumer(ctx, set, client, &raw); err != nil {
		return "", err
	}
	return uuidText(raw), nil
}

// proveConsumer puts the proofs for a client behind the random bytes of an id.
func proveConsumer(ctx context.Context, set *core.ChannelSet, client *core.Client, raw *[16]byte) error {
	random := string(raw[:consumerOurs])
	ours, err := set.Proof(ctx, "consumer", random)
	if err != nil {
		return err
	}
	whose, err := set.Proof(ctx, "consumer of", random+client.ID())
	if err != nil {
		return err
	}
	copy(raw[consumerOurs:], ours[:consumerWhose-consumerOurs])
	copy(raw[consumerWhose:], whose[:])
	markUUID(raw[:])
	return nil
}
