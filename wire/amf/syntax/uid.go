package syntax

import (
	"encoding/hex"
	"strings"
)

// uidText returns an id of 16 bytes in its text form, in upper case as Flex writes it.
func uidText(v [16]byte) string {
	h := strings.ToUpper(hex.EncodeToString(v[:]))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// parseUID reads the text form of an id.
func parseUID(s string) ([16]byte, bool) {
	var v [16]byte
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return v, false
	}
	_, err := hex.Decode(v[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]))
	return v, err == nil
}
