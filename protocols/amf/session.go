package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// A session is what a connection has agreed on. It is stored as a byte that numbers this form, then a byte per field.
type session struct {
	messagingVersion byte // 1 and up: the client understands small messages
}

const sessionForm = 1

func (s session) form() []byte { return []byte{sessionForm, s.messagingVersion} }

// readSession reads a stored session. Of a form that is not known, nothing is agreed on: the client's next ping tells again.
func readSession(form []byte) session {
	if len(form) < 2 || form[0] != sessionForm {
		return session{}
	}
	return session{messagingVersion: form[1]}
}

// saveSession keeps what the connection has agreed on, which costs no write where it is the same as before.
func saveSession(ctx context.Context, conn *core.Connection, s session) error {
	return conn.Update(ctx, func(stored []byte) ([]byte, error) {
		if readSession(stored) == s {
			return stored, nil
		}
		return s.form(), nil
	})
}
