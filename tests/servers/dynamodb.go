package servers

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
)

// A Medium is where a server keeps its data.
type Medium string

// InMemory is gone when the server ends; OnDisk is in the server's folder, and there again after a restart.
const (
	InMemory Medium = "in memory"
	OnDisk   Medium = "on disk"
)

// DynamoDBLocal is Amazon's own emulator of DynamoDB. It takes any credentials, and one set of tables is for all of them.
func DynamoDBLocal(m Medium) Program {
	return Program{
		Name: "DynamoDB Local",
		Command: func(address, folder string) (*exec.Cmd, error) {
			home, err := installed("dynamodb")
			if err != nil {
				return nil, err
			}
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			args := []string{
				"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // small and soon there, not fast for hours
				"-Djava.library.path=" + filepath.Join(home, "lib"),
				"-cp", filepath.Join(home, "classes") + ":" + filepath.Join(home, "lib", "*"),
				"Launcher", host, port, "-sharedDb", "-disableTelemetry",
			}
			if m == OnDisk {
				args = append(args, "-dbPath", folder)
			} else {
				args = append(args, "-inMemory")
			}
			return exec.Command("java", args...), nil //nolint:noctx // the server ends by Stop
		},
		Ask: askHTTP,
	}
}

// Dynalite is another implementation of DynamoDB's interface, in JavaScript and in memory. It knows no transactions and no time to
// live, and does not tell what stood in the way of a conditional write.
func Dynalite() Program {
	return Program{
		Name: "dynalite",
		Command: func(address, _ string) (*exec.Cmd, error) {
			cli, err := installed("dynalite/node_modules/dynalite/cli.js")
			if err != nil {
				return nil, err
			}
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return exec.Command("node", cli, "--host", host, "--port", port, "--createTableMs", "0"), nil //nolint:noctx // the server ends by Stop
		},
		Ask: askHTTP,
	}
}

// askHTTP returns nil when a server gives any answer to an HTTP request.
func askHTTP(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	return resp.Body.Close()
}
