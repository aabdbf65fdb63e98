package dynamodb

import (
	"fmt"
	"strings"
)

// Both parts of a key are Strings, so that people can read and type them in the console, in the name of a hot partition, and in a policy
// that gives a role one realm's partitions (dynamodb:LeadingKeys). Binary would take any bytes as they are, and show them as base64.
//
// A String is valid UTF-8 and sorted by its bytes. So of a key the ASCII in front, nearly always all of it, stands for itself. From
// the first other byte on the rest follows behind a mark, packed: that keeps the order of bytes, and makes 5 of 4. The mark is no ASCII,
// and so above all that could stand there instead. 768 bytes become 965 at most, and 1,024 become 1,285; DynamoDB takes
// 1,024 in a sort key and 2,048 in a partition key.
const mark = "»"

// Packed are four bytes at a time, as a number of four digits to the base of 257: 0 where there is no byte, and else one more than the byte,
// so that what ends early is below all that goes on. It is written as five digits to the base of 85, the last group too: Ascii85 shortens
// that, and then it is out of order.
const (
	groupBytes, groupDigits = 4, 5
	byteBase, digitBase     = 257, 85 // 257⁴ is below 85⁵
	firstDigit              = '!'
)

// escape returns a key's part as it is stored. What is above another part is so when both are escaped.
func escape(part string) string {
	n := asciiPrefix(part)
	if n == len(part) {
		return part
	}
	rest := part[n:]
	groups := (len(rest) + groupBytes - 1) / groupBytes
	stored := append(make([]byte, 0, n+len(mark)+groups*groupDigits), part[:n]...)
	stored = append(stored, mark...)
	for range groups {
		length := min(len(rest), groupBytes)
		stored = appendGroup(stored, rest[:length])
		rest = rest[length:]
	}
	return string(stored)
}

// appendGroup packs up to groupBytes bytes.
func appendGroup(stored []byte, group string) []byte {
	number := uint64(0)
	for i := range groupBytes {
		number *= byteBase
		if i < len(group) {
			number += uint64(group[i]) + 1
		}
	}
	var digits [groupDigits]byte
	for i := groupDigits - 1; i >= 0; i-- {
		digits[i] = firstDigit + byte(number%digitBase)
		number /= digitBase
	}
	return append(stored, digits[:]...)
}

// unescape returns the part that escape has made s of.
func unescape(s string) (string, error) {
	n := asciiPrefix(s)
	if n == len(s) {
		return s, nil
	}
	packed, ok := strings.CutPrefix(s[n:], mark)
	part := []byte(s[:n])
	for ok && packed != "" {
		if ok = len(packed) >= groupDigits; ok {
			part, packed = appendBytes(part, packed[:groupDigits]), packed[groupDigits:]
		}
	}
	if !ok || escape(string(part)) != s {
		return "", fmt.Errorf("key %q is none of this store's", s)
	}
	return string(part), nil
}

// appendBytes appends what a group has packed. Of digits that none has it makes anything.
func appendBytes(part []byte, digits string) []byte {
	number := uint64(0)
	for i := range groupDigits {
		number = number*digitBase + uint64(digits[i]-firstDigit)
	}
	for divisor := uint64(byteBase * byteBase * byteBase); divisor > 0; divisor /= byteBase {
		if b := number / divisor % byteBase; b > 0 {
			part = append(part, byte(b-1))
		}
	}
	return part
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
