//go:build !race

package sqlite_test

import "github.com/patchbay-go/patchbay/stores/storetest"

func messagingLoad() storetest.Load { return storetest.Full }
