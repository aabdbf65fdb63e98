package memcache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// Check reports what is wrong with memcached, and what to do: it does not answer, or does not take items as large as core's. It notes since
// when memcached keeps what it has, if nobody has done so before.
func (s *Store) Check(ctx context.Context) error {
	address := s.client.address
	if _, err := s.birth(ctx); err != nil {
		return fmt.Errorf("memcached at %s: %w: is it running, and does it take connections from here?", address, err)
	}
	large := core.Item{Key: core.Key{Partition: "check", Sort: "large"}, Expires: s.now().Add(time.Minute), Body: make([]byte, core.MaxBody)}
	if _, err := s.Put(ctx, large); err != nil {
		return fmt.Errorf("memcached at %s does not take an item of %d bytes: %w: start it with -I 1m, and with more memory (-m) if it is full",
			address, core.MaxBody, err)
	}
	return s.Delete(ctx, large.Key, 0)
}

// Note implements core.Noter: it says since when nothing was lost, and how many items memcached has removed to make room.
func (s *Store) Note(ctx context.Context) (string, error) {
	since, err := s.birth(ctx)
	if err != nil {
		return "", err
	}
	evicted, err := s.evictions(ctx)
	if err != nil {
		return "", err
	}
	note := fmt.Sprintf("memcached keeps what it has since %s and loses it when it restarts", since)
	if evicted > 0 {
		note += fmt.Sprintf("; it has removed %d items to make room", evicted)
	}
	return note, nil
}

// birth returns since when memcached keeps what it has, as far as a store has noted it: the value that says so is gone with all others.
func (s *Store) birth(ctx context.Context) (string, error) {
	name := s.names.of(kindBirth)
	for {
		found, err := s.client.gets(ctx, name)
		if err != nil {
			return "", err
		}
		if it := found[name]; it != nil {
			return string(it.Value), nil
		}
		now := s.now().UTC().Format(time.RFC3339)
		if err := s.client.write(ctx, name, []byte(now), 0, 0); err != nil && !errors.Is(err, errElse) {
			return "", err
		}
	}
}

// evictions asks for memcached's statistics, on a connection of its own: the library does not.
func (s *Store) evictions(ctx context.Context) (uint64, error) {
	core.Charge(ctx, core.Units{Reads: 1})
	return do(ctx, s.client, func() (uint64, error) {
		address, timeout := s.client.address, s.client.lib.Timeout
		conn, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, address.Network(), address.String())
		if err != nil {
			return 0, saying("connect to", err)
		}
		defer func() { _ = conn.Close() }()
		if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
			return 0, err
		}
		if _, err := conn.Write([]byte("stats\r\n")); err != nil {
			return 0, saying("ask", err)
		}
		return readEvictions(bufio.NewScanner(conn))
	})
}

// readEvictions reads the answer to "stats": lines such as "STAT evictions 0", up to END.
func readEvictions(lines *bufio.Scanner) (uint64, error) {
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "STAT evictions "); ok {
			return strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		}
		if strings.TrimSpace(lines.Text()) == "END" {
			return 0, nil
		}
	}
	return 0, saying("ask", errors.Join(lines.Err(), errors.New("the statistics end early")))
}
