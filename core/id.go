package core

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
)

// An id of ours is 16 random bytes, the handle, and 16 bytes of a MAC over what it is for, its realm and the handle, as 43 letters of
// base64url: safe in URLs, cookies and XML. What is stored is named by the handle alone, so that whoever reads the store cannot
// make up the id.
const (
	handleSize = 16
	macSize    = 16
)

var idText = base64.RawURLEncoding

// An idMaker mints and checks ids.
type idMaker struct {
	set    *ChannelSet
	mu     sync.Mutex
	secret []byte // empty until it has been read from the store
}

func newIDMaker(s *ChannelSet) *idMaker { return &idMaker{set: s, secret: s.opts.Secret} }

// mint returns a new id.
func (m *idMaker) mint(ctx context.Context, purpose string) (string, error) {
	secret, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	raw := make([]byte, handleSize, handleSize+macSize)
	if _, err := io.ReadFull(m.set.opts.Random, raw); err != nil {
		return "", fmt.Errorf("mint id: %w", err)
	}
	return idText.EncodeToString(m.sign(raw, secret, purpose)), nil
}

// of returns the id with that handle, for those who found the handle in the store.
func (m *idMaker) of(ctx context.Context, purpose, handle string) (string, error) {
	secret, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	raw, err := idText.DecodeString(handle)
	if err != nil || len(raw) != handleSize {
		return "", fmt.Errorf("read handle %q: %w", handle, errForm)
	}
	return idText.EncodeToString(m.sign(raw, secret, purpose)), nil
}

// check returns the handle of an id that we have minted for that purpose, in constant time; "" for any other text.
func (m *idMaker) check(ctx context.Context, purpose, id string) (string, error) {
	var raw [handleSize + macSize]byte
	if len(id) != idText.EncodedLen(len(raw)) {
		return "", nil
	}
	if n, _ := idText.Strict().Decode(raw[:], []byte(id)); n != len(raw) {
		return "", nil
	}
	secret, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(m.sign(raw[:handleSize:handleSize], secret, purpose), raw[:]) != 1 {
		return "", nil
	}
	return handleOf(id), nil
}

// sign returns handle with its MAC behind it.
func (m *idMaker) sign(handle, secret []byte, purpose string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(purpose + "\x00" + m.set.opts.Realm + "\x00")) // never fails: hash.Hash
	h.Write(handle)
	return append(handle, h.Sum(nil)[:macSize]...)
}

// handleOf returns the part of a genuine id that names what is stored.
func handleOf(id string) string {
	raw, _ := idText.DecodeString(id)
	return idText.EncodeToString(raw[:handleSize])
}

// key returns the secret: the one that was given, or the one that the first process which needed it has put into the store.
func (m *idMaker) key(ctx context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.secret) > 0 {
		return m.secret, nil
	}
	secret, err := m.sharedSecret(ctx)
	if err != nil {
		return nil, unavailable("read the secret", err)
	}
	m.secret = secret
	return secret, nil
}

func (m *idMaker) sharedSecret(ctx context.Context) ([]byte, error) {
	key := m.set.key("meta", "secret")
	for {
		items, err := m.set.store.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if len(items) == 1 {
			return items[0].Body, nil
		}
		fresh := make([]byte, 32)
		if _, err := rand.Read(fresh); err != nil {
			return nil, err
		}
		if _, err := m.set.store.Create(ctx, Item{Key: key, Body: fresh}); err == nil {
			return fresh, nil
		} else if !isConflict(err) {
			return nil, err
		}
	}
}

// HashID returns a short form of an id for logs, from which the id cannot be found.
func HashID(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("patchbay log " + id))
	return hex.EncodeToString(sum[:6])
}
