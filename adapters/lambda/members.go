package lambda

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// members calls f for each member of a JSON object, in order, with the bytes of its value. A null has no members. Both name and value
// are views into the object.
func members(object jsontext.Value, f func(name []byte, v jsontext.Value) error) error {
	if isAbsent(object) {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true))
	if err := begin(dec, '{'); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		quoted, err := dec.ReadValue()
		if err != nil {
			return err
		}
		name, err := nameIn(quoted)
		if err != nil {
			return err
		}
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(name, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := dec.ReadToken()
	return err
}

// elements calls f for each element of a JSON array, as members does. A null has none.
func elements(array jsontext.Value, f func(v jsontext.Value) error) error {
	if isAbsent(array) {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(array), jsontext.AllowDuplicateNames(true))
	if err := begin(dec, '['); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		switch err := f(v); {
		case err == errStop:
			return nil
		case err != nil:
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// errStop ends elements, without an error.
var errStop = errors.New("stop")

func begin(dec *jsontext.Decoder, kind jsontext.Kind) error {
	if got := dec.PeekKind(); got != kind && got > 0 {
		return fmt.Errorf("a %s where %q is expected", got, byte(kind))
	}
	_, err := dec.ReadToken()
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
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
