package servers

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// Firestore is Google's emulator of Firestore, or hidane where the Google Cloud CLI has none. It keeps everything in memory: what it had is
// gone after a restart.
func Firestore() Program {
	return Program{Name: "Firestore's emulator", Prepare: quietFirestore, Command: firestore, Ask: firestoreAnswers}
}

// quiet is a file for Java that has the emulator not print a page for each condition that does not hold.
const quiet = "logging.properties"

func quietFirestore(_ context.Context, folder string) error {
	return os.WriteFile(filepath.Join(folder, quiet), []byte("handlers=java.util.logging.ConsoleHandler\n.level=SEVERE\n"), 0o600)
}

func firestore(address, folder string) (*exec.Cmd, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	jar, err := installed("firestore/emulator.jar")
	if err != nil {
		return hidane(host, port, folder)
	}
	args := []string{
		"-Duser.language=en", "-Djava.util.logging.config.file=" + quiet, "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-cp", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start", "--host=" + host, "--port=" + port,
	}
	cmd := exec.Command("java", args...) //nolint:noctx // Server ends it
	cmd.Dir = folder
	return cmd, nil
}

func hidane(host, port, folder string) (*exec.Cmd, error) {
	program, err := installed(filepath.Join("firestore", "bin", "hidane"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "--host", host, "--port", port) //nolint:noctx // Server ends it
	cmd.Dir = folder
	return cmd, nil
}

func firestoreAnswers(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
