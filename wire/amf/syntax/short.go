package syntax

import "strings"

// short cuts a name or text to what can be read in a line.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
