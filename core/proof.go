package core

import "context"

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
