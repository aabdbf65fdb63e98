package servers

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// patience is how long a server that talks in lines may think about one.
const patience = time.Second

// askLine sends a line, and returns an error unless that which comes back begins in one of these ways.
func askLine(ctx context.Context, address, line string, beginnings ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	end, _ := ctx.Deadline()
	if err := conn.SetDeadline(end); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", line); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	for _, beginning := range beginnings {
		if strings.HasPrefix(answer, beginning) {
			return nil
		}
	}
	return fmt.Errorf("%q was answered with %q", line, answer)
}
