//go:build race

package sqlite_test

import "github.com/patchbay-go/patchbay/stores/storetest"

// With the race detector SQLite, which is Go here, takes ten times as long.
func messagingLoad() storetest.Load { return storetest.Network }
