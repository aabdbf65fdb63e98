package firestore

import (
	"math/bits"
	"time"
)

// A version is what a condition on a document needs: the time of its last update, which Firestore gives in microseconds and never twice
// for one document. Its 12 lowest bits tell besides how long the document lives from then on, rounded down to seven binary digits. So
// Replace and Delete need not read a document only to know that it has not expired, but for the last hundredth of its life.
const (
	lifeBits = 12
	never    = 1<<lifeBits - 1 // a life without an end
)

func versionOf(updated, expires time.Time) uint64 {
	life := uint64(never)
	if !expires.IsZero() {
		life = roundLife(expires.Sub(updated).Milliseconds())
	}
	return uint64(updated.UnixMicro())<<lifeBits | life
}

// updatedAt is the time of the update that gave the version.
func updatedAt(version uint64) time.Time { return time.UnixMicro(int64(version >> lifeBits)) }

// livesAt reports whether the item with this version surely has not expired; where it is not sure somebody has to look.
func livesAt(version uint64, now time.Time) bool {
	life := version & never
	return life == never || now.Before(updatedAt(version).Add(time.Duration(life7(life))*time.Millisecond))
}

// roundLife codes milliseconds as an exponent and the digits from the highest on. What has ended is 0.
func roundLife(ms int64) uint64 {
	if ms <= 0 {
		return 0
	}
	exponent := max(bits.Len64(uint64(ms))-7, 0)
	return uint64(exponent)<<6 + uint64(ms)>>exponent
}

// life7 returns the most milliseconds that are not above those which were coded.
func life7(life uint64) uint64 {
	if life < 1<<7 {
		return life
	}
	exponent := life>>6 - 1
	return (life - exponent<<6) << exponent
}
