package selector

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Numbers are written as in Java (3.8.1.1: "the Java integer literal syntax", "the Java floating-point literal syntax"; that is
// sections 3.10.1 and 3.10.2 of the Java language specification): 57, 1_000, 0x1F, 017, 0b101, 57L, 7., .5, 7E3, 0x1.8p1, 1.5d.
// All integers are 64 bits wide, with an L or without.

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func beginsNumber(s string) bool {
	return s != "" && isDigit(s[0]) || len(s) > 1 && s[0] == '.' && isDigit(s[1])
}

// numberLength returns how long the number is that s begins with. It takes every letter that follows, so that 12abc is one wrong number.
func numberLength(s string) int {
	exponents := "eE"
	if isHex(s) {
		exponents = "pP"
	}
	n := 1
	for n < len(s) && (isNumberPart(s[n]) || isSign(s[n]) && strings.IndexByte(exponents, s[n-1]) >= 0) {
		n++
	}
	return n
}

func isNumberPart(b byte) bool { return isDigit(b) || isLetter(b) || b == '.' || b == '_' }

func isSign(b byte) bool { return b == '+' || b == '-' }

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isHex(s string) bool { return len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' }

// parseNumber returns the value of a number, negated if a minus stood before it, or the reason why there is none.
func parseNumber(raw string, negative bool) (v value, reason string) {
	if !underscoresFit(raw) {
		return value{}, quote(raw) + " is no number: an underscore stands between two digits"
	}
	digits := strings.ReplaceAll(raw, "_", "")
	if isFloat(digits) {
		f, reason := parseFloat(digits)
		if negative {
			f = -f
		}
		return floatValue(f), reason
	}
	i, reason := parseInteger(digits, negative)
	return integerValue(i), reason
}

// underscoresFit reports whether every underscore stands between digits, or others between digits.
func underscoresFit(raw string) bool {
	isDigitHere := isDigit
	if isHex(raw) {
		isDigitHere = func(b byte) bool { return isDigit(b) || 'a' <= b|0x20 && b|0x20 <= 'f' }
	}
	inside := false // within digits
	for i := range len(raw) {
		switch b := raw[i]; {
		case b != '_':
			inside = isDigitHere(b)
		case !inside, i+1 == len(raw), raw[i+1] != '_' && !isDigitHere(raw[i+1]):
			return false
		}
	}
	return true
}

func isFloat(digits string) bool {
	if isHex(digits) {
		return strings.ContainsAny(digits, ".pP")
	}
	return strings.ContainsAny(digits, ".eEfFdD")
}

// parseFloat reads a float of 64 bits, or of 32 where an F says so.
func parseFloat(digits string) (f float64, reason string) {
	bits, bare := 64, digits
	switch digits[len(digits)-1] | 0x20 {
	case 'f':
		bits, bare = 32, digits[:len(digits)-1]
	case 'd':
		bare = digits[:len(digits)-1]
	}
	f, err := strconv.ParseFloat(bare, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, digits + " is outside the range of a float of " + strconv.Itoa(bits) + " bits"
	case err != nil:
		return 0, quote(digits) + " is no number"
	}
	return f, ""
}

// parseInteger reads an integer of 64 bits. One that is not decimal is as Java has it: with the highest bit set it is negative.
func parseInteger(digits string, negative bool) (i int64, reason string) {
	bare, base := strings.TrimRight(digits, "lL"), 10
	if len(digits)-len(bare) > 1 {
		return 0, quote(digits) + " is no number"
	}
	switch {
	case isHex(bare):
		bare, base = bare[2:], 16
	case len(bare) > 1 && bare[0] == '0' && bare[1]|0x20 == 'b':
		bare, base = bare[2:], 2
	case len(bare) > 1 && bare[0] == '0':
		bare, base = bare[1:], 8
	}
	u, err := strconv.ParseUint(bare, base, 64)
	most := uint64(math.MaxUint64)
	switch {
	case base == 10 && negative:
		most = 1 << 63
	case base == 10:
		most = math.MaxInt64
	}
	switch {
	case errors.Is(err, strconv.ErrRange), u > most:
		return 0, digits + " is outside the integers of 64 bits; with a decimal point it is a float"
	case err != nil && base == 8:
		return 0, quote(digits) + " is no number: with a 0 before it, it is octal"
	case err != nil:
		return 0, quote(digits) + " is no number"
	case negative:
		return -int64(u), ""
	}
	return int64(u), ""
}
