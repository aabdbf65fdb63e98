package dynamodb

import (
	"encoding/ascii85"
	"fmt"
	"strings"
)

// Both parts of a key are Strings, so that people can read and type them in the console, in the name of a hot partition, and in a policy
// that gives a role one realm's partitions (dynamodb:LeadingKeys). Binary would take any bytes as they are, and show them as base64.
//
// A String is valid UTF-8 and sorted by its bytes. So of a key the ASCII in front, nearly always all of it, stands for itself. From
// the first other byte on the rest follows behind a mark, in Ascii85: that keeps the order of bytes, and makes 5 of 4. The mark is no ASCII,
// and so above all that could stand there instead. 768 bytes become 962 at most, and 1,024 become 1,282; DynamoDB takes
// 1,024 in a sort key and 2,048 in a partition key.
const mark = "»"

// A group of four zeros is z in Ascii85, to save four bytes. It would be above all others, and is written out.
const shortZeros, longZeros = "z", "!!!!!"

// escape returns a key's part as it is stored. What is above another part is so when both are escaped.
func escape(part string) string {
	n := asciiPrefix(part)
	if n == len(part) {
		return part
	}
	rest := []byte(part[n:])
	encoded := make([]byte, ascii85.MaxEncodedLen(len(rest)))
	encoded = encoded[:ascii85.Encode(encoded, rest)]
	return part[:n] + mark + strings.ReplaceAll(string(encoded), shortZeros, longZeros)
}

// unescape returns the part that escape has made s of.
func unescape(s string) (string, error) {
	n := asciiPrefix(s)
	if n == len(s) {
		return s, nil
	}
	encoded, ok := strings.CutPrefix(s[n:], mark)
	if !ok {
		return "", fmt.Errorf("key %q is none of this store's", s)
	}
	rest := make([]byte, len(encoded)+4) // Decode wants room for a whole group
	length, _, err := ascii85.Decode(rest, []byte(encoded), true)
	if err != nil {
		return "", fmt.Errorf("key %q is none of this store's: %w", s, err)
	}
	return s[:n] + string(rest[:length]), nil
}

// asciiPrefix returns how many bytes at the beginning are ASCII.
func asciiPrefix(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return i
		}
	}
	return len(s)
}
