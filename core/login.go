package core

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Authenticate checks credentials for this request alone; nothing is kept. Wrong ones are counted by the user's name and by the
// peer's address: they are Unauthenticated, and too many of them Exhausted, whatever comes after.
func (s *ChannelSet) Authenticate(ctx context.Context, c Credentials, peer *Peer) (*Principal, error) {
	if s.opts.Authenticate == nil {
		return nil, invalidLogin()
	}
	keys := throttleKeys(c.User, peer)
	if !s.logins.allows(s.Now(), keys) {
		return nil, tooManyLogins()
	}
	p, err := s.askAuthenticator(ctx, c)
	if err == nil && p == nil {
		err = invalidLogin()
	}
	// Of many guesses that began together, the late ones hear the same whether they are right or wrong.
	ask := s.logins.allows
	if isFault(err, Unauthenticated) {
		ask = s.logins.wrong
	}
	if !ask(s.Now(), keys) {
		return nil, tooManyLogins()
	}
	switch {
	case isFault(err, Unauthenticated):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	return p, nil
}

// askAuthenticator asks the application. Not all protocols authenticate within a call, so its panic is caught here.
func (s *ChannelSet) askAuthenticator(ctx context.Context, c Credentials) (p *Principal, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return s.opts.Authenticate(ctx, c)
}

func tooManyLogins() error { return Exhausted.Errorf("Too many wrong logins. Try again in a minute.") }

// invalidLogin has BlazeDS's text.
func invalidLogin() error { return Unauthenticated.Errorf("Invalid login.") }

// Identify tells who sends this request, for this request alone: whom the platform's authorizer names (Claimed), or else whom the
// peer's HTTP Basic authorization does, which is authenticated; nil, without an error, where there is neither.
func (s *ChannelSet) Identify(ctx context.Context, peer *Peer) (*Principal, error) {
	if p, err := s.Claimed(ctx, peer); p != nil || err != nil {
		return p, err
	}
	c, ok := peer.BasicAuth()
	if !ok {
		return nil, nil
	}
	return s.Authenticate(ctx, c, peer)
}

// Login checks credentials and makes their owner the client's principal until Logout, or until the client expires. Another user in the
// same session is Unauthenticated, with BlazeDS's text whatever the password is; the same user again is let pass.
func (s *ChannelSet) Login(ctx context.Context, client *Client, c Credentials, peer *Peer) error {
	p, err := s.Authenticate(ctx, c, peer)
	if isFault(err, Unauthenticated) && isAnother(client.Principal(), c.User) {
		return otherUser()
	}
	if err != nil {
		return err
	}
	return client.update(ctx, func(state *clientState) error {
		if isAnother(state.principal, p.Name) {
			return otherUser()
		}
		state.principal = p
		return nil
	})
}

// isAnother reports whether somebody else than that user is logged in.
func isAnother(p *Principal, user string) bool { return p != nil && p.Name != user }

// otherUser has BlazeDS's text.
func otherUser() error { return Unauthenticated.Errorf("Cannot re-authenticate in the same session.") }

// Logout forgets the client's principal and attributes. Its id and its connections stay.
func (s *ChannelSet) Logout(ctx context.Context, client *Client) error {
	if life, err := client.life(ctx); err != nil || life == "" {
		return err
	}
	var names []string
	err := client.update(ctx, func(state *clientState) error {
		names = state.attributes
		*state = clientState{life: s.newLife()}
		return nil
	})
	if err != nil {
		return err
	}
	// The new life does not see them any more; removing them only saves room.
	for _, name := range names {
		if err := client.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
