package envelope

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// viaSeparator stands between the names of deployments, which have no comma.
const viaSeparator = ","

// maxVia is how many deployments a message passes at most: more is a ring of forwarding ones with a name each too few.
const maxVia = 16

var originPattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,64}$`)

// CheckOrigin is the error for a text that cannot be a deployment's name: letters, digits, '.', '_', '-', ':' and '/', at most 64.
func CheckOrigin(name string) error {
	if !originPattern.MatchString(name) {
		return fmt.Errorf("%q cannot be the name of a deployment: letters, digits, '.', '_', '-', ':' and '/', at most 64", name)
	}
	return nil
}

// viaOf returns the deployments that a message has come from, the first one first.
func viaOf(headers map[string]any) []string {
	text, _ := headers[core.ViaHeader].(string)
	return splitVia(text)
}

func splitVia(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, viaSeparator)
}

// withoutVia returns headers as their publisher gave them, never nil.
func withoutVia(headers map[string]any) map[string]any {
	c := maps.Clone(headers)
	if c == nil {
		c = map[string]any{}
	}
	delete(c, core.ViaHeader)
	return c
}

// checkVia is the error for a list that no bridge of ours has written.
func checkVia(via []string) error {
	if len(via) > maxVia {
		return fmt.Errorf("it has passed more than %d deployments", maxVia)
	}
	for _, name := range via {
		if err := CheckOrigin(name); err != nil {
			return err
		}
	}
	return nil
}
