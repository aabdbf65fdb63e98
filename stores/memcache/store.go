package memcache

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	// Prefix is part of every name in memcached: stores that share one and are not to meet have different ones. Default "".
	Prefix string
	// Connections is how many commands run at once, each on a connection of its own. Default 32.
	Connections int
	// Timeout is how long memcached may take to answer a command, and to take a connection. Default 1 second. Contexts end a verb earlier.
	Timeout time.Duration
	// Now is the clock by which items expire. Default time.Now.
	Now func() time.Time
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Connections <= 0 {
		c.Connections = 32
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// A Store is a core.Store over one memcached.
type Store struct {
	client *client
	names  namer
	now    func() time.Time
}

var (
	_ core.Store  = (*Store)(nil)
	_ core.Tailer = (*Store)(nil)
	_ core.Noter  = (*Store)(nil)
)

// New returns a Store over the memcached at an address: HOST:PORT, or the path of a socket of this machine. It connects when it is used; see
// Check.
func New(address string, opts *Options) *Store {
	o := opts.withDefaults()
	return &Store{client: newClient(address, o.Connections, o.Timeout), names: namer{o.Prefix}, now: o.Now}
}

// Close implements core.Store. It waits for the commands under way, by Options.Timeout at most.
func (s *Store) Close() error { return s.client.close() }

// Get implements core.Store.
func (s *Store) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	if err := s.client.ready(ctx); err != nil {
		return nil, err
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.names.item(key)
	}
	found, err := s.client.gets(ctx, names...)
	if err != nil {
		return nil, err
	}
	return s.living(keys, names, found)
}

// living returns the items of some keys that are there, in the order of the keys.
func (s *Store) living(keys []core.Key, names []string, found map[string]*memcache.Item) ([]core.Item, error) {
	now := s.now()
	items := make([]core.Item, 0, len(found))
	for i, key := range keys {
		rec, err := readFound(key, found[names[i]])
		if err != nil {
			return nil, err
		}
		if rec.lives(now) {
			items = append(items, rec.Item)
		}
	}
	return items, nil
}

func readFound(key core.Key, it *memcache.Item) (*record, error) {
	if it == nil {
		return &record{Item: core.Item{Key: key}}, nil
	}
	return readRecord(key, it.Value, it.CasID)
}

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	for try := 0; ; try++ {
		p, err := s.look(ctx, it.Key)
		if err != nil {
			return 0, err
		}
		switch {
		case p.rec.lives(s.now()):
			if err := s.raise(ctx, p); err != nil && !errors.Is(err, errPassed) { // whoever created it may have died before he could
				return 0, err
			}
			return 0, s.conflict(p.rec)
		case p.passed():
			return 0, s.conflict(p.rec)
		}
		if first, err := s.isFirst(ctx, p); err != nil {
			return 0, err
		} else if first {
			if err := s.begin(ctx, p.run); err != nil {
				return 0, err
			}
			return 0, s.conflict(p.rec)
		}
		version, err := s.add(ctx, p, it)
		if !errors.Is(err, errElse) {
			return version, err
		}
		if err := pause(ctx, try); err != nil {
			return 0, err
		}
	}
}

// Replace implements core.Store.
func (s *Store) Replace(ctx context.Context, it core.Item) (uint64, error) {
	rec, err := s.load(ctx, it.Key)
	if err != nil {
		return 0, err
	}
	if !rec.lives(s.now()) || rec.Version != it.Version {
		return 0, s.conflict(rec)
	}
	version, err := s.change(ctx, rec, it)
	if errors.Is(err, errElse) {
		return 0, &core.ConflictError{Key: it.Key}
	}
	return version, err
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	for try := 0; ; try++ {
		p, err := s.look(ctx, it.Key)
		if err != nil {
			return 0, err
		}
		var version uint64
		if p.rec.lives(s.now()) {
			version, err = s.change(ctx, p.rec, it)
		} else {
			version, err = s.add(ctx, p, it)
		}
		if !errors.Is(err, errElse) {
			return version, err
		}
		if err := pause(ctx, try); err != nil {
			return 0, err
		}
	}
}

// Delete implements core.Store.
func (s *Store) Delete(ctx context.Context, key core.Key, version uint64) error {
	for try := 0; ; try++ {
		p, err := s.look(ctx, key)
		if err != nil {
			return err
		}
		lives := p.rec.lives(s.now())
		switch {
		case version == 0 && !lives:
			return nil
		case version != 0 && (!lives || p.rec.Version != version):
			return s.conflict(p.rec)
		}
		err = s.client.remove(ctx, s.names.item(key), p.rec.cas)
		if err == nil {
			s.forget(ctx, p)
			return nil
		}
		if !errors.Is(err, errElse) {
			return err
		}
		if version != 0 {
			return &core.ConflictError{Key: key}
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// conflict is what a conditional write met.
func (s *Store) conflict(rec *record) error {
	e := &core.ConflictError{Key: rec.Key}
	if rec.lives(s.now()) {
		e.Present = &rec.Item
	}
	return e
}

// load reads what is stored under a key.
func (s *Store) load(ctx context.Context, key core.Key) (*record, error) {
	name := s.names.item(key)
	found, err := s.client.gets(ctx, name)
	if err != nil {
		return nil, err
	}
	return readFound(key, found[name])
}

// add writes an item where none lives, and has Range know of it. The error is errElse where another one was written meanwhile.
func (s *Store) add(ctx context.Context, p *place, it core.Item) (uint64, error) {
	rec := s.fresh(it)
	if !p.isEntry() {
		rec.listed = s.listedFor(rec.Expires)
		if err := s.register(ctx, p, rec.listed); err != nil {
			return 0, err
		}
	}
	if err := s.store(ctx, rec, p.rec.cas); err != nil {
		return 0, err
	}
	if p.isEntry() {
		err := s.raise(ctx, p)
		if errors.Is(err, errPassed) {
			err = s.takeBack(ctx, rec)
		}
		if err != nil {
			return 0, err
		}
	}
	return rec.Version, nil
}

// change writes an item in place of one that lives. The error is errElse where another one was written meanwhile.
func (s *Store) change(ctx context.Context, old *record, it core.Item) (uint64, error) {
	rec := s.fresh(it)
	rec.listed = old.listed
	if !lasts(old.listed, rec.Expires) {
		p, err := s.look(ctx, it.Key)
		if err != nil {
			return 0, err
		}
		rec.listed = s.listedFor(rec.Expires)
		if err := s.register(ctx, p, rec.listed); err != nil {
			return 0, err
		}
	}
	if err := s.store(ctx, rec, old.cas); err != nil {
		return 0, err
	}
	return rec.Version, nil
}

// fresh returns an item as it is to be stored, under a version that was never there before.
func (s *Store) fresh(it core.Item) *record {
	it.Version = 1 + rand.Uint64N(1<<64-1) //nolint:gosec // G404: another one than any before, no secret
	if !it.Expires.IsZero() {
		it.Expires = time.UnixMilli(it.Expires.UnixMilli())
	}
	return &record{Item: it}
}

// listedFor is until when an item that expires then is listed: longer, so that one that lives on and on is not listed anew each time.
func (s *Store) listedFor(expires time.Time) time.Time {
	if expires.IsZero() {
		return time.Time{}
	}
	life := expires.Sub(s.now())
	return expires.Add(min(max(2*life, time.Minute), 12*time.Hour))
}

// store writes a record. After an answer that leaves open whether it is stored, it looks: the version tells.
func (s *Store) store(ctx context.Context, rec *record, cas uint64) error {
	err := s.client.write(ctx, s.names.item(rec.Key), rec.value(), cas, s.lifeUntil(rec.Expires))
	if err == nil || errors.Is(err, errElse) || ctx.Err() != nil {
		return err
	}
	if present, looked := s.load(ctx, rec.Key); looked == nil && !present.gone && present.Version == rec.Version {
		return nil
	}
	return err
}

// lifeUntil is how long memcached keeps what expires then; 0: for ever.
func (s *Store) lifeUntil(expires time.Time) time.Duration {
	if expires.IsZero() {
		return 0
	}
	return max(expires.Sub(s.now()), time.Second)
}
