package services

import (
	"bytes"
	"context"
	"errors"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/protocols/amf"
	wire "github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// A session keeps a value as bytes in a format as rich as the one it came in, behind a byte that tells which: so that it comes back
// as it was set, whatever classes, vectors, shared values or digits are in it.
const (
	keptAMF3 = 'a'
	keptJSON = 'j' // AMF would round integers of 64 bits
)

func sessionSet(ctx context.Context, key string, v value.Late) (struct{}, error) {
	call := core.CallFrom(ctx)
	client, err := call.Session(ctx)
	if err != nil {
		return struct{}{}, err
	}
	kept, err := keep(call, v)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, client.Set(ctx, key, kept)
}

// sessionGet makes no session for a caller who has none: there is nothing in it.
func sessionGet(ctx context.Context, key string) (any, error) {
	call := core.CallFrom(ctx)
	if call.NoSession != nil {
		return nil, call.NoSession
	}
	if call.Client == nil {
		return nil, nil
	}
	v, ok, err := call.Client.Get(ctx, key)
	if err != nil || !ok {
		return nil, err
	}
	kept, _ := v.([]byte)
	return restore(call.ChannelSet(), kept)
}

// keep returns a value of the call's unit as a session keeps it.
func keep(call *core.Call, v value.Late) ([]byte, error) {
	set := call.ChannelSet()
	limits := set.Limits().Value
	if amf.FromCall(call) == nil {
		w := json.NewWriter([]byte{keptJSON}, limits)
		err := value.NewEncoder(w, set.Registry(), limits).Encode(v)
		return w.Bytes(), err
	}
	w := wire.NewWriter(&wire.WriterOptions{AMF3: true, Limits: limits, Externals: externals(set.Registry())})
	err := value.NewEncoder(w, set.Registry(), limits).Encode(v)
	return append([]byte{keptAMF3}, w.Bytes()...), err
}

// restore returns what keep kept. It stays encoded until the caller's protocol takes it.
func restore(set *core.ChannelSet, kept []byte) (value.Late, error) {
	limits := set.Limits().Value
	var r value.Reader
	switch {
	case bytes.HasPrefix(kept, []byte{keptAMF3}):
		r = wire.NewReader(kept[1:], &wire.ReaderOptions{Version: wire.AMF3, Limits: limits, Externals: externals(set.Registry())})
	case bytes.HasPrefix(kept, []byte{keptJSON}):
		r = json.NewReader(kept[1:], limits)
	default:
		return value.Late{}, errors.New("a session's value was not kept by sessionSet")
	}
	return value.NewDecoder(r, set.Registry(), limits).Ahead(), nil
}

// externals finds what reads and writes an externalizable class.
func externals(r *value.Registry) func(class string) wire.External {
	return func(class string) wire.External {
		codec, _ := r.External(class).(wire.External)
		return codec
	}
}
