package core

// A Channel is a named way in: an Endpoint and its limits. It is given to ChannelSet.Map at set-up and not changed after that.
type Channel struct {
	Name     string // as clients name it (Flex: DSEndpoint)
	Endpoint Endpoint

	// MaxUnit is how many bytes an inbound unit may have, after what packed it was undone. Zero: Limits.Unit of the set.
	MaxUnit int

	// MaxConnections is how many Connections there may be on this channel at once, over all processes that share the store.
	// Zero: no limit. Above 128 a connect may be refused a little early: docs/decisions/0003-connection-limits.md.
	MaxConnections int
}
