package core

import "context"

// Get returns an attribute of the client: nil and false where there is none.
func (c *Client) Get(ctx context.Context, name string) (v any, ok bool, err error) { panic("skeleton") }

// Set keeps an attribute without reading it first: of two at once, the last one stays.
func (c *Client) Set(ctx context.Context, name string, v any) error { panic("skeleton") }

// Delete removes an attribute, if there is one.
func (c *Client) Delete(ctx context.Context, name string) error { panic("skeleton") }

// Update changes an attribute by compare-and-set: change is given what is stored (nil, false: nothing) and returns what is to be.
// It runs again when another change came first, so it has no effects of its own.
func (c *Client) Update(ctx context.Context, name string, change func(v any, ok bool) (any, error)) error {
	panic("skeleton")
}
