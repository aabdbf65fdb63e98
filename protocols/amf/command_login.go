package amf

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// success is the body of the answer to a login or logout, as BlazeDS has it.
const success = "success"

// login logs the client in until it logs out or expires. A Flex client that has credentials sends it in place of its first ping.
func (e *Endpoint) login(ctx context.Context, call *core.Call) (any, error) {
	credentials, err := readCredentials(FromCall(call).Message)
	if err != nil {
		return nil, err
	}
	if call.Client == nil && call.NoSession != nil {
		return nil, call.NoSession
	}
	set := call.ChannelSet()
	if call.Client == nil {
		if call.Client, err = set.NewClient(ctx); err != nil {
			return nil, err
		}
	}
	if err := set.Login(ctx, call.Client, credentials, &call.Peer); err != nil {
		return nil, err
	}
	config, err := e.connect(ctx, call)
	if err != nil || config != nil {
		return config, err
	}
	return success, nil
}

// logout makes the client anonymous again, without attributes and subscriptions, and forgets what its channel has agreed on.
func logout(ctx context.Context, call *core.Call) (any, error) {
	switch {
	case call.NoSession != nil:
		return nil, call.NoSession
	case call.Client == nil:
		return success, nil
	}
	if err := call.ChannelSet().Logout(ctx, call.Client); err != nil {
		return nil, err
	}
	if err := unsubscribeAll(ctx, call); err != nil || call.Conn == nil {
		return success, err
	}
	err := changeSession(ctx, call.Conn, func(s *session) { s.messagingVersion, s.places = 0, nil })
	if isGone(err) {
		err = nil // it has ended meanwhile
	}
	return success, err
}

// unsubscribeAll ends the client's subscriptions on all channels of this kind, since somebody who has logged in may have made them.
func unsubscribeAll(ctx context.Context, call *core.Call) error {
	conns, err := otherConnections(ctx, call)
	if err != nil {
		return err
	}
	if call.Conn != nil {
		conns = append(conns, call.Conn)
	}
	for _, conn := range conns {
		for _, v := range conn.Subscriptions() {
			if err := finish(ctx, call.ChannelSet(), conn, &v); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCredentials takes user and password out of a login's body: base64 of both with a colon between them, the first one; the password
// may hold others. They are UTF-8 where a header says so, else Latin-1.
func readCredentials(m *Message) (core.Credentials, error) {
	var text string
	if err := m.Body.Bind(&text); err != nil {
		return core.Credentials{}, invalidCredentials()
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return core.Credentials{}, invalidCredentials()
	}
	plain := string(raw)
	if !strings.EqualFold(m.Headers.CredentialsCharset, "UTF-8") {
		plain = latin1(raw)
	}
	user, password, ok := strings.Cut(plain, ":")
	if !ok {
		return core.Credentials{}, invalidCredentials()
	}
	return core.Credentials{User: user, Password: password}, nil
}

// invalidCredentials has BlazeDS's text.
func invalidCredentials() error { return core.Unauthenticated.Errorf("Invalid credential format.") }

// latin1 returns text in which each byte is a character of its own.
func latin1(raw []byte) string {
	runes := make([]rune, len(raw))
	for i, c := range raw {
		runes[i] = rune(c)
	}
	return string(runes)
}
