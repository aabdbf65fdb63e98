package core

// A ThrottlePolicy says what becomes of a message that is too many.
type ThrottlePolicy int

// The policies, as BlazeDS has them.
const (
	ThrottleError  ThrottlePolicy = iota // the publisher gets the fault Exhausted
	ThrottleIgnore                       // it is dropped without a word
)

// A Throttle bounds how many messages pass in a second, counted by this process. Zero: no bound.
type Throttle struct {
	Frequency       float64 // of the destination
	ClientFrequency float64 // of one client
	Policy          ThrottlePolicy
}

// throttleIn reports whether a publish is to be dropped; or its fault.
func (l *destinationLogs) throttleIn(call *Call, publisher *Connection) (dropped bool, err error) {
	return false, nil
}

// throttleOut returns those of some deliveries that may go out now; the others are dropped.
func (s *ChannelSet) throttleOut(conn *Connection, found []Delivery) []Delivery { return found }
