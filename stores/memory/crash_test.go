package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/process"
)

// chain is how many partitions, in many shards, are written one after the other: what stands in one stands in those before it.
const chain = 40

func link(i int) core.Key { return core.Key{Partition: fmt.Sprint("link ", i), Sort: "n"} }

// writeChain writes a number to all links, first to last.
func writeChain(ctx context.Context, s core.Store, n int) error {
	for i := range chain {
		if _, err := s.Put(ctx, core.Item{Key: link(i), Body: strconv.AppendInt(nil, int64(n), 10)}); err != nil {
			return err
		}
	}
	return nil
}

// wantChain fails unless the numbers are those of one moment, and returns the first.
func wantChain(t *testing.T, items []core.Item) int {
	t.Helper()
	at := map[core.Key]int{}
	for _, it := range items {
		at[it.Key], _ = strconv.Atoi(string(it.Body))
	}
	for i := 1; i < chain; i++ {
		if before, n := at[link(i-1)], at[link(i)]; n > before || at[link(0)] > n+1 {
			t.Fatalf("number %d is in partition %d, %d in the one before, %d in the first", n, i, before, at[link(0)])
		}
	}
	return at[link(0)]
}

// TestCutIsOfOneMoment: what was written after something else is in no snapshot without it.
func TestCutIsOfOneMoment(t *testing.T) {
	s := memory.New(nil)
	for i := range 5000 { // so that a cut takes a while
		put(t, s, core.Item{Key: core.Key{Partition: fmt.Sprint("other ", i), Sort: "x"}})
	}
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			_ = writeChain(ctx, s, n) // it ends with ctx
		}
	})
	for last, cuts := 0, 0; last < 200 || cuts < 50; cuts++ {
		last = wantChain(t, s.Cut())
	}
	stop()
	writer.Wait()
}

// writerFile names the file for a process that only writes.
const writerFile = "PATCHBAY_TEST_SNAPSHOT"

// TestWriter is what TestKill starts.
func TestWriter(t *testing.T) {
	path := os.Getenv(writerFile)
	if path == "" {
		return
	}
	s, err := memory.Open(path, &memory.Options{Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	n := wantChain(t, s.Cut())
	put(t, s, core.Item{Key: core.Key{Partition: "large", Sort: "x"}, Body: make([]byte, 200_000)}) // writing takes its time
	_, _ = os.Stdout.WriteString("ready\n")
	for ; ; n++ { // from the number on that may stand in the first links alone
		if err := writeChain(t.Context(), s, n); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Microsecond) // the parent has work to do too
	}
}

// TestKill: whenever a process is killed, its file is a whole snapshot, and not older than those seen before.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	kills := 25
	if testing.Short() {
		kills = 5
	}
	last := 0
	for range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWriter$")
		cmd.Env = append(os.Environ(), writerFile+"="+path)
		p, err := process.Start(t.Context(), cmd)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(40 * time.Millisecond))
		if _, err := memory.Open(path, nil); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("a file that another process has was opened: %v", err)
		}
		p.Kill()
		s := openFile(t, path, nil)
		n := wantChain(t, s.Cut())
		closeStore(t, s)
		if n < last {
			t.Fatalf("the file holds number %d, after it held %d", n, last)
		}
		last = n
	}
	if last < kills {
		t.Errorf("%d kills, but number %d alone was written: it has hardly run", kills, last)
	}
}
