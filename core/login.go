package core

import (
	"context"
)

// Authenticate checks credentials for this request alone; nothing is kept. The peer's address and the user's name are what wrong
// ones are counted by. Wrong credentials are Unauthenticated, too many wrong ones Exhausted.
func (s *ChannelSet) Authenticate(ctx context.Context, c Credentials, peer *Peer) (*Principal, error) {
	panic("skeleton")
}

// Identify authenticates what the peer's HTTP Basic authorization says; nil, without an error, where there is none.
func (s *ChannelSet) Identify(ctx context.Context, peer *Peer) (*Principal, error) {
	panic("skeleton")
}

// Login checks credentials and lets their owner be the client's principal until Logout. Another user in the same session is
// Unauthenticated.
func (s *ChannelSet) Login(ctx context.Context, client *Client, c Credentials, peer *Peer) error {
	panic("skeleton")
}

// Logout forgets the client's principal and attributes. Its id stays.
func (s *ChannelSet) Logout(ctx context.Context, client *Client) error { panic("skeleton") }
