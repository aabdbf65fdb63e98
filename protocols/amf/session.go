package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// A session is what an endpoint keeps in a connection. It is stored as a byte that numbers this form, then a byte per field, and the
// stream's id behind them.
type session struct {
	messagingVersion byte   // 1 and up: the client understands small messages
	stream           string // id of the connection's stream, in whatever process it runs; empty: it was closed, or there was none
}

const sessionForm = 2 // 1 had no stream

func (s session) form() []byte { return append([]byte{sessionForm, s.messagingVersion}, s.stream...) }

// readSession reads a stored session. Of a form that is not known, nothing is agreed on: the client's next ping tells again.
func readSession(form []byte) session {
	if len(form) < 2 || form[0] < 1 || form[0] > sessionForm {
		return session{}
	}
	return session{messagingVersion: form[1], stream: string(form[2:])}
}

// changeSession keeps what change makes of the session, which costs no write where it is the same as before.
func changeSession(ctx context.Context, conn *core.Connection, change func(*session)) error {
	return conn.Update(ctx, func(stored []byte) ([]byte, error) {
		old := readSession(stored)
		s := old
		if change(&s); s == old {
			return stored, nil
		}
		return s.form(), nil
	})
}
