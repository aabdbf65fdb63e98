package lambda

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// wellFormed reports whether an event is JSON. All that is below looks at what is, and so needs not look twice.
func wellFormed(raw jsontext.Value) bool { return raw.IsValid(jsontext.AllowDuplicateNames(true)) }

// members calls f for each member of a JSON object, in order, with the bytes of its value. A null has no members. Both name and value
// are views into the object, which is well formed.
func members(object jsontext.Value, f func(name []byte, v jsontext.Value) error) error {
	return each(object, '{', func(quoted, v jsontext.Value) error {
		name, err := nameIn(quoted)
		if err != nil {
			return err
		}
		if err := f(name, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// elements calls f for each element of a JSON array, as members does. A null has none. errStop ends it, without an error.
func elements(array jsontext.Value, f func(v jsontext.Value) error) error {
	err := each(array, '[', func(_, v jsontext.Value) error { return f(v) })
	if err == errStop {
		return nil
	}
	return err
}

// errStop ends elements.
var errStop = errors.New("stop")

// each goes through what a pair of brackets holds.
func each(v jsontext.Value, open byte, f func(name, v jsontext.Value) error) error {
	if isAbsent(v) {
		return nil
	}
	at := skipSpace(v, 0)
	if v[at] != open {
		return fmt.Errorf("a %s where a %q is expected", v.Kind(), open)
	}
	for at = skipSpace(v, at+1); v[at] != open+2; at = skipSpace(v, at) { // the brackets are two apart in ASCII
		if v[at] == ',' {
			at = skipSpace(v, at+1)
		}
		var name jsontext.Value
		if open == '{' {
			end := stringEnd(v, at)
			name, at = v[at:end], skipSpace(v, skipSpace(v, end)+1) // behind the colon
		}
		end := valueEnd(v, at)
		if err := f(name, v[at:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

func skipSpace(v jsontext.Value, at int) int {
	for v[at] <= ' ' {
		at++
	}
	return at
}

// valueEnd returns where the value that begins at a place ends.
func valueEnd(v jsontext.Value, at int) int {
	switch v[at] {
	case '"':
		return stringEnd(v, at)
	case '{', '[':
		return bracketEnd(v, at)
	}
	for at < len(v) && !isEnd(v[at]) {
		at++
	}
	return at
}

func isEnd(c byte) bool { return c <= ' ' || c == ',' || c == ']' || c == '}' }

// stringEnd returns where the string ends that begins at a place: behind the first quote with an even number of backslashes before it.
func stringEnd(v jsontext.Value, at int) int {
	for {
		at += 1 + bytes.IndexByte(v[at+1:], '"')
		slashes := 0
		for v[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at + 1
		}
	}
}

// bracketEnd returns where the object or array ends that begins at a place.
func bracketEnd(v jsontext.Value, at int) int {
	for depth := 0; ; {
		switch v[at] {
		case '"':
			at = stringEnd(v, at)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if at++; depth == 0 {
			return at
		}
	}
}

// nameIn returns what a JSON string holds; without a copy where nothing is escaped, as in all names that we know.
func nameIn(quoted jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	return jsontext.AppendUnquote(nil, quoted)
}

// isAbsent reports whether a member is missing or null.
func isAbsent(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' }

// text returns what a JSON string holds. Of a null or another value it is empty: the sources leave members out, or null, as they like.
func text(v jsontext.Value) string {
	if len(v) == 0 || v.Kind() != '"' {
		return ""
	}
	s, err := nameIn(v)
	if err != nil {
		return ""
	}
	return string(s)
}

func isTrue(v jsontext.Value) bool { return len(v) > 0 && v.Kind() == 't' }

// plain returns a JSON value as Go has it: maps, slices, strings, float64, bool and nil.
func plain(v jsontext.Value) (any, error) {
	switch v.Kind() {
	case '{':
		return plainMap(v)
	case '[':
		list := []any{}
		err := elements(v, func(v jsontext.Value) error {
			element, err := plain(v)
			list = append(list, element)
			return err
		})
		return list, err
	case '"':
		return text(v), nil
	case 't', 'f':
		return isTrue(v), nil
	case '0':
		return number(v)
	}
	return nil, nil
}

func plainMap(v jsontext.Value) (map[string]any, error) {
	m := map[string]any{}
	err := members(v, func(name []byte, v jsontext.Value) error {
		member, err := plain(v)
		m[string(name)] = member
		return err
	})
	return m, err
}

// number returns a JSON number, or an error for one that no float64 can hold.
func number(v jsontext.Value) (float64, error) { return strconv.ParseFloat(string(v), 64) }
