package amf

import (
	"context"
	"strconv"

	"github.com/patchbay-go/patchbay/core"
)

// The operations of a CommandMessage that are served here. The ServiceMapper's handlers go before these, and may be for any other.
const (
	CommandSubscribe      = 0  //
	CommandUnsubscribe    = 1  //
	CommandPoll           = 2  // what is there for the consumers of a channel
	CommandClientSync     = 4  // messages that a server hands to a client; Flex defines it, and takes an answer without content
	CommandPing           = 5  // a channel connects, or says that it is still there
	CommandClusterRequest = 7  // which other endpoints serve a destination
	CommandLogin          = 8  // credentials for the session
	CommandLogout         = 9  //
	CommandMultiSubscribe = 11 // several subscriptions of one consumer begin and end
	CommandDisconnect     = 12 // a channel closes
	CommandTriggerConnect = 13 // nothing but to make a channel connect
)

// commandInvalidate tells a consumer that its subscription has ended. Only servers send it.
const commandInvalidate = 10

// builtinCommands returns the handlers that are there unless the ServiceMapper has others.
func (e *Endpoint) builtinCommands() map[int]*core.Target {
	return map[int]*core.Target{
		CommandSubscribe:      {Handler: e.subscribe, Doc: "Subscribes a Flex consumer."},
		CommandUnsubscribe:    {Handler: unsubscribe, Doc: "Ends a Flex consumer's subscription."},
		CommandPoll:           {Handler: e.poll, Doc: "Hands a Flex channel the messages for its consumers."},
		CommandClientSync:     {Handler: nothing, Doc: "Does nothing: it is the servers' to send."},
		CommandPing:           {Handler: e.ping, Doc: "Connects a Flex channel."},
		CommandClusterRequest: {Handler: notClustered, Doc: "Says that there are no other endpoints."},
		CommandLogin:          {Handler: e.login, Doc: "Logs a Flex client in."},
		CommandLogout:         {Handler: logout, Doc: "Logs a Flex client out."},
		CommandMultiSubscribe: {Handler: e.multiSubscribe, Doc: "Begins and ends several subscriptions of a Flex consumer."},
		CommandDisconnect:     {Handler: disconnect, Doc: "Ends a Flex channel's connection."},
		CommandTriggerConnect: {Handler: nothing, Doc: "Does nothing: Flex sends it to have its channel connected."},
	}
}

// runCommand runs a CommandMessage. Its handler sees the message by FromCall and gets the message's body as arguments; what it
// returns is the body of the answer.
func (s *step) runCommand(ctx context.Context, x *exchange) (any, error) {
	m := &x.message
	target := s.command(m.Operation)
	if target == nil {
		return nil, core.NotFound.Errorf("Unknown CommandMessage operation: %s", m.Operation).WithName(defaultFaultCode)
	}
	x.call.Service, x.call.Operation = "command", m.Operation
	x.call.Meta = m.Headers.texts()
	x.args.Value = m.Body
	if err := s.caller.introduce(ctx, s, &x.call, m.Headers.ID, m.isPoll()); err != nil {
		return nil, err
	}
	if m.isPoll() && x.request.alone {
		x.request.idle = func() { s.park(x) }
	}
	result, err := s.set.InvokeTarget(ctx, target, &x.call)
	s.caller.adopt(&x.call)
	x.announce()
	return result, err
}

func (s *step) command(operation string) *core.Target {
	n, err := strconv.Atoi(operation)
	if err != nil {
		return nil
	}
	if target := s.set.Services().Command(n); target != nil {
		return target
	}
	return s.endpoint.commands[n]
}

func nothing(context.Context, *core.Call) (any, error) { return nil, nil }

// notClustered answers what Flex asks of a destination that it believes to be on several servers: there is one address for all.
func notClustered(context.Context, *core.Call) (any, error) { return false, nil }

// disconnect ends the channel's connection. The client does not wait for the answer, and it is no error if there is none.
func disconnect(ctx context.Context, call *core.Call) (any, error) {
	if call.Conn == nil {
		return nil, nil
	}
	err := call.ChannelSet().Disconnect(ctx, call.Conn)
	call.Conn = nil
	return nil, err
}
