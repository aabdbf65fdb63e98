package backend

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongStores(t *testing.T) {
	for _, test := range []struct{ location, want string }{
		{"", "memory:, memory:FILE, sqlite:FILE"},
		{"memory", "there are memory:"},
		{"redis://localhost", "there are memory:"},
		{"mysql://root:hunter2@localhost/x", "no such store"},
		{"sqlite:", "names no file"},
		{"sqlite://data.db", "follows the colon at once"},
		{"sqlite:data.db?mode=ro", "? and #"},
		{"memory://state", "follows the colon at once"},
		{"dynamodb:", "dynamodb://TABLE"},
		{"dynamodb://", "dynamodb://TABLE"},
		{"dynamodb:sessions", "dynamodb://TABLE"},
		{"dynamodb://sessions/x", "dynamodb://TABLE"},
		{"dynamodb://sessions?regoin=eu-west-1", `no parameter "regoin"`},
		{"dynamodb://sessions?create=perhaps", "true or false"},
		{"dynamodb://sessions?endpoint=127.0.0.1:8000", "http://HOST:PORT"},
		{"dynamodb://sessions?endpoint=localhost:8000", "http://HOST:PORT"},
		{"dynamodb://sessions?endpoint=http://joe:hunter2@localhost", "http://HOST:PORT"},
		{"dynamodb://sessions?bucket=b&bucket_endpoint=localhost", "http://HOST:PORT"},
		{"firestore://", "firestore://PROJECT"},
		{"firestore://project/a/b", "firestore://PROJECT"},
		{"firestore://project?emulator=x", `no parameter "emulator"`},
		{"firestore://%zz", "invalid URL escape"},
		{"memcache:", "write memcache://HOST"},
		{"memcache://localhost/x", "write memcache://HOST"},
		{"memcache://joe:hunter2@localhost", "write memcache://HOST"},
		{"memcache://:11211", "write memcache://HOST"},
		{"postgres://user:hunter2@localhost:notaport/x", "port"},
	} {
		t.Run(test.location, func(t *testing.T) {
			store, err := OpenStore(t.Context(), test.location, slog.New(slog.DiscardHandler))
			wantWrong(t, err, test.want)
			if store != nil {
				t.Error("there is a store beside the error")
			}
		})
	}
}

func TestWrongBuses(t *testing.T) {
	for _, test := range []struct{ location, want string }{
		{"", "redis://"},
		{"memory:", "no such bus"},
		{"amqp://guest:hunter2@localhost", "no such bus"},
		{"redis://user:hunter2@localhost:notaport", "port"},
		{"pubsub://project", "pubsub://PROJECT/TOPIC"},
		{"pubsub:///topic", "pubsub://PROJECT/TOPIC"},
		{"pubsub://project/a/topic", "pubsub://PROJECT/TOPIC"},
		{"pubsub://project/topic?prefix=x", "prefix"},
	} {
		t.Run(test.location, func(t *testing.T) {
			bus, err := OpenBus(t.Context(), test.location, slog.New(slog.DiscardHandler))
			wantWrong(t, err, test.want)
			if bus != nil {
				t.Error("there is a bus beside the error")
			}
		})
	}
}

func wantWrong(t *testing.T, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[*LocationError](err); !ok || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want a LocationError with %q", err, want)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}
}

// TestNoStore: where a file cannot be opened there is no store, nor one that is nil.
func TestNoStore(t *testing.T) {
	for _, kind := range []string{"memory:", "sqlite:"} {
		store, err := OpenStore(t.Context(), kind+filepath.Join(t.TempDir(), "nowhere", "state"), slog.New(slog.DiscardHandler))
		if store != nil || err == nil {
			t.Errorf("%s in a folder that is not there: got store %v, error %v; want an error alone", kind, store, err)
		}
	}
}

// TestFiles: what is in a file is there again for the next process.
func TestFiles(t *testing.T) {
	for _, kind := range []string{"memory:", "sqlite:"} {
		t.Run(kind, func(t *testing.T) {
			location := kind + filepath.Join(t.TempDir(), "state")
			for range 2 {
				store, err := OpenStore(t.Context(), location, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if got := Doc(location); strings.Contains(got, "gone") {
				t.Errorf("%s is said to be %q", location, got)
			}
		})
	}
}

func TestRedacted(t *testing.T) {
	for location, want := range map[string]string{
		"memory:":                            "memory:",
		"sqlite:/var/lib/patchbay.db":        "sqlite:/var/lib/patchbay.db",
		"postgres://ann:hunter2@host/db":     "postgres://ann:xxxxx@host/db",
		"redis://:hunter2@host:6379/1":       "redis://:xxxxx@host:6379/1",
		"postgres://ann:hunter2@host:bad/db": "postgres:...",
		"postgres:ann:hunter2@host/db":       "postgres:...",

		"postgres://ann@host/db?password=hunter2&sslmode=disable": "postgres://ann@host/db?password=xxxxx&sslmode=disable",
		"postgres://ann@host/db?sslmode=require&SSLPassword=x":    "postgres://ann@host/db?sslmode=require&SSLPassword=xxxxx",
		"dynamodb://t?endpoint=https://ann:hunter2@host&create=1": "dynamodb://t?endpoint=xxxxx&create=1",
		"dynamodb://t?endpoint=https%3A%2F%2Fann:hunter2%40host":  "dynamodb://t?endpoint=xxxxx",
		"dynamodb://t?endpoint=http://host:8000&create=true":      "dynamodb://t?endpoint=http://host:8000&create=true",
	} {
		if got := Redacted(location); got != want {
			t.Errorf("%s: got %s, want %s", location, got, want)
		}
	}
}
