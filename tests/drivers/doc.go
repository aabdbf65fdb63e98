// Package drivers opens stores on servers for the tests that hold all of them to one promise: by the test's clock, and with faults on the
// wire where a test wants them.
package drivers

import (
	"time"

	"github.com/patchbay-go/patchbay/tests/faults"
)

// Options are what a test wants of a store. The zero value is good.
type Options struct {
	Now func() time.Time // default time.Now

	// Name is of the table, or the like, that the items are in; a store that removes what has expired by its clock shares it with nobody
	// whose clock is another. Default: the store's own.
	Name string

	// Unwaited says that nobody waits by the store's Waiter, so it need not tell anybody what it writes.
	Unwaited bool

	// Faults are on the wire; nil: none are. Where the wire is a TCP connection, the address of a faults.Proxy does that instead.
	Faults *faults.Plan
}
