package backend

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/pubsub"
)

const pubSubForm = "pubsub://PROJECT/TOPIC"

func openPubSub(ctx context.Context, location string, logger *slog.Logger) (Bus, error) {
	u, err := parse(location, pubSubForm, "endpoint")
	if err != nil {
		return nil, err
	}
	topic := strings.Trim(u.Path, "/")
	if topic == "" || strings.Contains(topic, "/") || u.User != nil {
		return nil, wrong(location, "write %s", pubSubForm)
	}
	emulator := u.Query().Get("endpoint")
	if emulator == "" {
		emulator = os.Getenv("PUBSUB_EMULATOR_HOST")
	}
	bus, err := pubsub.OpenBus(ctx, u.Host, topic, &pubsub.BusOptions{ClientOptions: pubsub.ClientOptions{Emulator: emulator}, Logger: logger})
	if err != nil {
		return nil, err // a nil *pubsub.Bus would be no nil Bus
	}
	return bus, nil
}
