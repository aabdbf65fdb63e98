package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Get returns an attribute of the client: nil and false where there is none.
func (c *Client) Get(ctx context.Context, name string) (v any, ok bool, err error) {
	body, ok, err := c.read(ctx, name)
	if err != nil || !ok {
		return nil, false, err
	}
	v, err = decodeAttribute(body)
	if err != nil {
		return nil, false, fmt.Errorf("read attribute %q: %w", name, err)
	}
	return v, true, nil
}

// Set keeps an attribute without reading it first: of two at once, the last one stays. It takes plain data: nil, bool, int, int64,
// uint64, float64, *big.Int, string, []byte, time.Time, []any, map[string]any, and value's Undefined, Date, XML, XMLDoc, Members,
// *Array and *Object; it comes back as it was set. For other types there is Attribute. Where a limit does not allow it the fault is
// Exhausted or TooLarge.
func (c *Client) Set(ctx context.Context, name string, v any) error {
	body, err := encodePlain(v, c.set.opts.Limits.AttributeSize)
	if err != nil {
		return err
	}
	return c.write(ctx, name, body)
}

// Delete removes an attribute, if there is one.
func (c *Client) Delete(ctx context.Context, name string) error {
	return storeError("delete attribute", c.set.store.Delete(ctx, c.attributeKey(name), 0))
}

// Update changes an attribute by compare-and-set: change is given what is stored (nil, false: nothing) and returns what is to be.
// It runs again when another change came first, so it has no effects of its own.
func (c *Client) Update(ctx context.Context, name string, change func(v any, ok bool) (any, error)) error {
	return c.rewrite(ctx, name, func(body []byte, ok bool) ([]byte, error) {
		var old any
		if ok {
			var err error
			if old, err = decodeAttribute(body); err != nil {
				return nil, fmt.Errorf("read attribute %q: %w", name, err)
			}
		}
		v, err := change(old, ok)
		if err != nil {
			return nil, err
		}
		return encodePlain(v, c.set.opts.Limits.AttributeSize)
	})
}

// An Attribute is the name of an attribute whose values are Ts, kept as JSON: whatever encoding/json can write and read back.
//
//	const cart = core.Attribute[Cart]("cart")
type Attribute[T any] string

// Get returns the client's attribute; the zero T and false where there is none.
func (a Attribute[T]) Get(ctx context.Context, c *Client) (v T, ok bool, err error) {
	body, ok, err := c.read(ctx, string(a))
	if err != nil || !ok {
		return v, false, err
	}
	v, err = decodeTyped[T](body)
	return v, err == nil, err
}

// Set keeps the client's attribute without reading it first: of two at once, the last one stays.
func (a Attribute[T]) Set(ctx context.Context, c *Client, v T) error {
	body, err := encodeTyped(v, c.set.opts.Limits.AttributeSize)
	if err != nil {
		return err
	}
	return c.write(ctx, string(a), body)
}

// Update changes the client's attribute by compare-and-set: change is given what is stored, or the zero T. It runs again when
// another change came first, so it has no effects of its own.
func (a Attribute[T]) Update(ctx context.Context, c *Client, change func(T) (T, error)) error {
	return c.rewrite(ctx, string(a), func(body []byte, ok bool) ([]byte, error) {
		var old T
		if ok {
			var err error
			if old, err = decodeTyped[T](body); err != nil {
				return nil, err
			}
		}
		v, err := change(old)
		if err != nil {
			return nil, err
		}
		return encodeTyped(v, c.set.opts.Limits.AttributeSize)
	})
}

// Delete removes the client's attribute, if there is one.
func (a Attribute[T]) Delete(ctx context.Context, c *Client) error { return c.Delete(ctx, string(a)) }

// The forms of an attribute's value.
const (
	plainForm = 1
	jsonForm  = 2
)

func encodePlain(v any, most int) ([]byte, error) {
	w := formWriter{b: []byte{plainForm}, most: most}
	if err := w.plain(v, 0); err != nil {
		return nil, err
	}
	return w.b, nil
}

func encodeTyped[T any](v T, most int) ([]byte, error) {
	if !isSmall(v, most) {
		return nil, tooLargeToKeep(most)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode attribute: %w", err)
	}
	return append([]byte{jsonForm}, text...), nil
}

func decodeAttribute(body []byte) (v any, err error) {
	form, r, err := readForm(body, jsonForm)
	if err != nil {
		return nil, err
	}
	if form == jsonForm {
		err = json.Unmarshal(r.b, &v)
		return v, err
	}
	v = r.plain(0)
	return v, r.err
}

func decodeTyped[T any](body []byte) (v T, err error) {
	form, r, err := readForm(body, jsonForm)
	if err != nil {
		return v, err
	}
	if form == jsonForm {
		err = json.Unmarshal(r.b, &v)
		return v, err
	}
	plain := r.plain(0)
	if v, ok := plain.(T); ok && r.err == nil {
		return v, nil
	}
	return v, errors.Join(fmt.Errorf("attribute holds a %T, not a %T", plain, v), r.err)
}

// read returns the encoded value of an attribute of the client's present life.
func (c *Client) read(ctx context.Context, name string) (body []byte, ok bool, err error) {
	life, err := c.life(ctx)
	if err != nil || life == "" {
		return nil, false, err
	}
	items, err := c.set.store.Get(ctx, c.attributeKey(name))
	if err != nil || len(items) == 0 {
		return nil, false, storeError("load attribute", err)
	}
	body, ok = ofLife(life, items[0].Body)
	return body, ok, nil
}

// life returns the client's present life, "" where nothing has been kept. A view without one may be old.
func (c *Client) life(ctx context.Context) (string, error) {
	if v := c.view(); v.life != "" {
		return v.life, nil
	}
	v, err := c.load(ctx)
	if err != nil {
		return "", err
	}
	c.setView(v)
	return v.life, nil
}

// ofLife takes the life off an attribute's item and reports whether it is the right one.
func ofLife(life string, body []byte) ([]byte, bool) {
	if !strings.HasPrefix(string(body), life) {
		return nil, false
	}
	return body[len(life):], true
}

// write keeps an attribute whatever was there.
func (c *Client) write(ctx context.Context, name string, body []byte) error {
	it, err := c.attributeItem(ctx, name, body)
	if err != nil {
		return err
	}
	_, err = c.set.store.Put(ctx, it)
	return storeError("save attribute", err)
}

// rewrite changes an attribute on the condition that nobody else does.
func (c *Client) rewrite(ctx context.Context, name string, change func(body []byte, ok bool) ([]byte, error)) error {
	return retry(ctx, func(bool) error {
		old, version, err := c.readVersion(ctx, name)
		if err != nil {
			return err
		}
		body, err := change(old, old != nil)
		if err != nil {
			return err
		}
		it, err := c.attributeItem(ctx, name, body)
		if err != nil {
			return err
		}
		it.Version = version
		_, err = c.set.save(ctx, it)
		return storeError("save attribute", err)
	})
}

// readVersion is read with the version of the item, whatever life it is of.
func (c *Client) readVersion(ctx context.Context, name string) (body []byte, version uint64, err error) {
	life, err := c.life(ctx)
	if err != nil {
		return nil, 0, err
	}
	items, err := c.set.store.Get(ctx, c.attributeKey(name))
	if err != nil || len(items) == 0 {
		return nil, 0, storeError("load attribute", err)
	}
	if life != "" {
		body, _ = ofLife(life, items[0].Body)
	}
	return body, items[0].Version, nil
}

// attributeItem returns what is to be stored of an attribute, after the client has its name.
func (c *Client) attributeItem(ctx context.Context, name string, body []byte) (Item, error) {
	limits := c.set.opts.Limits
	if len(name) > limits.AttributeName || len(body) > limits.AttributeSize {
		return Item{}, TooLarge.Errorf("A session's value has more than %d bytes, or its name more than %d.", limits.AttributeSize, limits.AttributeName)
	}
	if err := c.declare(ctx, name); err != nil {
		return Item{}, err
	}
	v := c.view()
	expires := c.set.Now().Add(c.set.opts.Timeout)
	return Item{Key: c.attributeKey(name), Expires: expires, Body: append([]byte(v.life), body...)}, nil
}

// declare puts the name of an attribute into the client, if it is not there yet, within the limit on their number.
func (c *Client) declare(ctx context.Context, name string) error {
	if slices.Contains(c.view().attributes, name) {
		return nil
	}
	return c.update(ctx, func(s *clientState) error {
		if slices.Contains(s.attributes, name) {
			return nil
		}
		if len(s.attributes) >= c.set.opts.Limits.Attributes {
			if err := c.forgetDeleted(ctx, s); err != nil {
				return err
			}
		}
		if most := c.set.opts.Limits.Attributes; len(s.attributes) >= most {
			return Exhausted.Errorf("A session has more than %d values.", most)
		}
		s.attributes = append(s.attributes, name)
		return nil
	})
}

// forgetDeleted drops the names of attributes that there are no more.
func (c *Client) forgetDeleted(ctx context.Context, s *clientState) error {
	items, err := c.attributeItems(ctx, s.attributes)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, it := range items {
		if _, ok := ofLife(s.life, it.Body); ok {
			there[it.Sort] = true
		}
	}
	s.attributes = slices.DeleteFunc(s.attributes, func(name string) bool { return !there[c.attributeKey(name).Sort] })
	return nil
}

// renewAttributes lets the client's attributes live as long as the client. One that changes meanwhile has been renewed by that.
func (c *Client) renewAttributes(ctx context.Context) error {
	v := c.view()
	items, err := c.attributeItems(ctx, v.attributes)
	if err != nil {
		return err
	}
	for _, it := range items {
		if _, ok := ofLife(v.life, it.Body); !ok {
			continue
		}
		it.Expires = v.seen.Add(c.set.opts.Timeout)
		if _, err := c.set.store.Replace(ctx, it); err != nil && !isConflict(err) {
			return storeError("renew attribute", err)
		}
	}
	return nil
}

// maxKeys is how many keys one Get takes.
const maxKeys = 128

func (c *Client) attributeItems(ctx context.Context, names []string) ([]Item, error) {
	var all []Item
	for chunk := range slices.Chunk(names, maxKeys) {
		keys := make([]Key, len(chunk))
		for i, name := range chunk {
			keys[i] = c.attributeKey(name)
		}
		items, err := c.set.store.Get(ctx, keys...)
		if err != nil {
			return nil, storeError("load attributes", err)
		}
		all = append(all, items...)
	}
	return all, nil
}

func (c *Client) attributeKey(name string) Key { return Key{c.partition, "a/" + name} }
