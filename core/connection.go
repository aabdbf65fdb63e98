package core

import (
	"context"
	"time"
)

// A Connection is where: a Client on one channel. It is what was loaded at the beginning of a call; Update changes what is stored.
type Connection struct {
	client  *Client
	channel string
	state   connectionState
}

type connectionState struct {
	created, seen time.Time
	session       []byte
}

// Client returns who is connected.
func (c *Connection) Client() *Client { return c.client }

// Channel returns the name of the channel.
func (c *Connection) Channel() string { return c.channel }

// Created returns when the client connected.
func (c *Connection) Created() time.Time { return c.state.created }

// Session returns the endpoint's own state. It must not be changed in place.
func (c *Connection) Session() []byte { return c.state.session }

// Connect returns the client's Connection on a channel and makes it where there is none, which runs the connect hooks. The fault
// is Exhausted where the channel is full.
func (s *ChannelSet) Connect(ctx context.Context, channel string, client *Client) (*Connection, error) {
	panic("skeleton")
}

// Disconnect ends a Connection and runs the disconnect hooks, if nobody else has ended it before. It is no error if there is none any more.
func (s *ChannelSet) Disconnect(ctx context.Context, conn *Connection) error { panic("skeleton") }

// Sweep ends the connections that have expired; it is for a timer, a scheduler or cron, and any number of processes may run it.
func (s *ChannelSet) Sweep(ctx context.Context) error { panic("skeleton") }

// Update changes the endpoint's own state: change is given what is stored and returns what is to be. It runs again when something
// else was saved meanwhile, so it has no effects of its own.
func (c *Connection) Update(ctx context.Context, change func(session []byte) ([]byte, error)) error {
	panic("skeleton")
}
