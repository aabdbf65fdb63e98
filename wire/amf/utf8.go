package amf

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// isASCII reports whether all bytes of b are below 0x80, eight at a time.
func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// readText looks at text from the wire. Where it holds surrogates that were encoded one by one, as BlazeDS writes what lies
// beyond 16 bits, it returns the text with them joined; otherwise joined is empty and b is the text.
func (r *Reader) readText(b []byte) (joined string, err error) {
	if isASCII(b) || utf8.Valid(b) {
		return "", nil
	}
	text, changed := joinSurrogates(b)
	if r.options.Strict && !utf8.Valid(text) {
		return "", syntax(r.in.Off-len(b), "text that is not UTF-8")
	}
	if !changed {
		return "", nil
	}
	return string(text), nil
}

// joinSurrogates replaces each pair of encoded surrogates (CESU-8: ED A0..AF xx ED B0..BF xx) by what it stands for. Without
// one it returns b itself.
func joinSurrogates(b []byte) (text []byte, changed bool) {
	copied := 0
	for i := 0; i+6 <= len(b); i++ {
		high, low := surrogate(b[i:]), surrogate(b[i+3:])
		joined := utf16.DecodeRune(high, low)
		if joined == utf8.RuneError {
			continue
		}
		text = append(text, b[copied:i]...)
		text = utf8.AppendRune(text, joined)
		copied = i + 6
		i += 5
	}
	if copied == 0 {
		return b, false
	}
	return append(text, b[copied:]...), true
}

// surrogate decodes three bytes as one surrogate; anything else gives 0.
func surrogate(b []byte) rune {
	if b[0] != 0xED || b[1]&0xE0 != 0xA0 || b[2]&0xC0 != 0x80 {
		return 0
	}
	return 0xD000 | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F)
}
