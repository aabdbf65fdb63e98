package drivers

import (
	"context"

	"google.golang.org/api/option"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/firestore"
	"github.com/patchbay-go/patchbay/tests/faults/rpc"
)

// Firestore opens a store in an emulator of Firestore.
func Firestore(ctx context.Context, address string, o Options) (core.Store, error) {
	opts := &firestore.Options{Emulator: address, Prefix: o.Name, Now: o.Now}
	if o.Faults != nil {
		for _, dial := range rpc.Options(o.Faults) {
			opts.Client = append(opts.Client, option.WithGRPCDialOption(dial))
		}
	}
	return firestore.Open(ctx, "patchbay", opts)
}
