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
	"hash"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// An id of ours is 16 random bytes, the handle, and 16 bytes of a MAC over what it is for, its realm and the handle, as 43 letters of
// base64url: safe in URLs, cookies and XML. What is stored is named by the handle alone, so that whoever reads the store cannot
// make up the id.
const (
	handleSize = 16
	macSize    = 16
)

// How ids are spelled, and how they are read: strictly, or one id would have several spellings.
var (
	idText       = base64.RawURLEncoding
	strictIDText = base64.RawURLEncoding.Strict()
)

// The lengths of an id's and of a handle's text.
const (
	idLength     = ((handleSize+macSize)*8 + 5) / 6
	handleLength = (handleSize*8 + 5) / 6
)

// An idMaker mints and checks ids.
type idMaker struct {
	set    *ChannelSet
	mu     sync.Mutex             // held while the secret is read from the store
	signer atomic.Pointer[signer] // nil until the secret is known
}

func newIDMaker(s *ChannelSet) *idMaker {
	m := &idMaker{set: s}
	if len(s.opts.Secret) > 0 {
		m.signer.Store(newSigner(s.opts.Secret))
	}
	return m
}

// mint returns a new id.
func (m *idMaker) mint(ctx context.Context, purpose string) (string, error) {
	signer, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	raw := make([]byte, handleSize, handleSize+macSize)
	if _, err := io.ReadFull(m.set.opts.Random, raw); err != nil {
		return "", fmt.Errorf("mint id: %w", err)
	}
	return idText.EncodeToString(signer.sign(raw, purpose, m.set.opts.Realm)), nil
}

// of returns the id with that handle, for those who found the handle in the store.
func (m *idMaker) of(ctx context.Context, purpose, handle string) (string, error) {
	signer, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	raw, err := idText.DecodeString(handle)
	if err != nil || len(raw) != handleSize {
		return "", fmt.Errorf("read handle %q: %w", handle, errForm)
	}
	return idText.EncodeToString(signer.sign(raw, purpose, m.set.opts.Realm)), nil
}

// check returns the handle of an id that we have minted for that purpose, in constant time; "" for any other text.
func (m *idMaker) check(ctx context.Context, purpose, id string) (string, error) {
	var text [idLength]byte
	var raw [handleSize + macSize]byte
	if copy(text[:], id) != len(id) || len(id) != idLength {
		return "", nil
	}
	if n, _ := strictIDText.Decode(raw[:], text[:]); n != len(raw) {
		return "", nil
	}
	signer, err := m.key(ctx)
	if err != nil {
		return "", err
	}
	if !signer.verify(&raw, purpose, m.set.opts.Realm) {
		return "", nil
	}
	return handleText(raw[:handleSize]), nil
}

// Proof returns bytes that nobody can make who does not know the set's secret: a MAC over what they are for, the realm and the text. All
// processes that share a store make the same. A protocol puts them, or some of them, into what its peers bring back.
func (s *ChannelSet) Proof(ctx context.Context, purpose, text string) ([16]byte, error) {
	signer, err := s.ids.key(ctx)
	if err != nil {
		return [16]byte{}, err
	}
	state := signer.state()
	defer signer.states.Put(state)
	return [16]byte(state.mac([]byte(text), purpose, s.opts.Realm)), nil
}

// A signer makes MACs with one secret. Every request checks one, so the keyed states are kept.
type signer struct {
	secret []byte
	states sync.Pool // of *macState
}

// A macState is a keyed hash and room for what goes in and comes out.
type macState struct {
	hash hash.Hash
	room [256]byte
}

func newSigner(secret []byte) *signer {
	return &signer{secret: secret}
}

// sign returns handle with its MAC behind it.
func (s *signer) sign(handle []byte, purpose, realm string) []byte {
	state := s.state()
	defer s.states.Put(state)
	return append(handle, state.mac(handle, purpose, realm)...)
}

// verify reports, in constant time, whether an id's MAC is ours.
func (s *signer) verify(id *[handleSize + macSize]byte, purpose, realm string) bool {
	state := s.state()
	defer s.states.Put(state)
	return subtle.ConstantTimeCompare(state.mac(id[:handleSize], purpose, realm), id[handleSize:]) == 1
}

func (s *signer) state() *macState {
	if state, ok := s.states.Get().(*macState); ok {
		return state
	}
	return &macState{hash: hmac.New(sha256.New, s.secret)}
}

// mac returns a handle's MAC, which is good until the state is used again.
func (state *macState) mac(handle []byte, purpose, realm string) []byte {
	in := append(state.room[:0], purpose...)
	in = append(in, 0)
	in = append(in, realm...)
	in = append(in, 0)
	in = append(in, handle...)
	state.hash.Reset()
	state.hash.Write(in) // never fails: hash.Hash
	return state.hash.Sum(state.room[:0])[:macSize]
}

// handleOf returns the part of a genuine id that names what is stored.
func handleOf(id string) string {
	raw, _ := idText.DecodeString(id)
	return handleText(raw[:handleSize])
}

// handleText returns a handle as it stands in the names of what is stored.
func handleText(raw []byte) string {
	var text [handleLength]byte
	idText.Encode(text[:], raw)
	return string(text[:])
}

// key returns the signer for the secret: the one that was given, or the one that the first process which needed it has put into the
// store.
func (m *idMaker) key(ctx context.Context) (*signer, error) {
	if known := m.signer.Load(); known != nil {
		return known, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.signer.Load(); known != nil {
		return known, nil
	}
	secret, err := m.sharedSecret(ctx)
	if err != nil {
		return nil, unavailable("read the secret", err)
	}
	made := newSigner(secret)
	m.signer.Store(made)
	return made, nil
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

// newUUID returns a UUID (RFC 9562, version 4) in upper case, as Flex writes them.
func (s *ChannelSet) newUUID() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(s.opts.Random, raw[:]); err != nil {
		return "", fmt.Errorf("make message id: %w", err)
	}
	raw[6], raw[8] = raw[6]&0x0F|0x40, raw[8]&0x3F|0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])), nil
}

// newNonce returns a text that nobody else makes.
func (s *ChannelSet) newNonce() (string, error) {
	var raw [9]byte
	if _, err := io.ReadFull(s.opts.Random, raw[:]); err != nil {
		return "", err
	}
	return idText.EncodeToString(raw[:]), nil
}
