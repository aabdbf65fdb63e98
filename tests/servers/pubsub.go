package servers

import (
	"net"
	"os/exec"
)

// PubSub is Google's emulator of Pub/Sub, in memory. It pushes for real, without a token.
func PubSub() Program {
	return Program{Name: "Pub/Sub's emulator", Command: pubSub, Ask: askHTTP}
}

func pubSub(address, folder string) (*exec.Cmd, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	jar, err := installed("pubsub/emulator.jar")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("java", "-Duser.language=en", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", //nolint:noctx // Server ends it
		"-jar", jar, "--host="+host, "--port="+port)
	cmd.Dir = folder
	return cmd, nil
}
