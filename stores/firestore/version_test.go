package firestore

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestVersions(t *testing.T) {
	updated := time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)
	for _, c := range []struct {
		name string
		life time.Duration
		sure time.Duration // for how long it is sure that it lives
	}{
		{"a second", time.Second, 1000 * time.Millisecond},
		{"what needs no rounding", 127 * time.Millisecond, 127 * time.Millisecond},
		{"half an hour", 30 * time.Minute, 1_785_856 * time.Millisecond},
		{"two days", 48 * time.Hour, 171_966_464 * time.Millisecond},
		{"ended", -time.Second, 0},
		{"now", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			version := versionOf(updated, updated.Add(c.life))
			if got := updatedAt(version); !got.Equal(updated) {
				t.Errorf("the version is of an update at %v, want %v", got, updated)
			}
			if c.sure > 0 && !livesAt(version, updated.Add(c.sure-1)) {
				t.Errorf("it is not sure that it lives before %v", c.sure)
			}
			if livesAt(version, updated.Add(c.sure)) {
				t.Errorf("it is taken to live at %v", c.sure)
			}
		})
	}
	if !livesAt(versionOf(updated, time.Time{}), updated.AddDate(80, 0, 0)) {
		t.Error("what never expires has")
	}
}

// TestVersionsNeverOutlive: whatever the life, a version says for nearly all of it that it lives, and never longer.
func TestVersionsNeverOutlive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		updated := time.UnixMicro(r.Int64N(4e15))
		life := time.Duration(r.Int64N(1 << (1 + r.IntN(62))))
		version := versionOf(updated, updated.Add(life))
		if version == 0 || !updatedAt(version).Equal(updated) {
			t.Fatalf("version %d of an update at %v", version, updated)
		}
		if livesAt(version, updated.Add(life)) {
			t.Fatalf("version %d lives after its life of %v", version, life)
		}
		if early := life - life/32 - 2*time.Millisecond; early > 0 && !livesAt(version, updated.Add(early)) {
			t.Fatalf("version %d of a life of %v does not live after %v", version, life, early)
		}
	}
}
