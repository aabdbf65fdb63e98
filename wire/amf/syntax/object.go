package syntax

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// A number is a JSON number as text: descriptions hold integers that no double can.
type number string

// load reads JSON. Duplicate names and invalid UTF-8 are errors; numbers become number.
func load(b []byte) (any, error) {
	exact := json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		text, err := d.ReadValue()
		*v = number(text)
		return err
	})
	var v any
	if err := json.Unmarshal(b, &v, json.WithUnmarshalers(exact)); err != nil {
		return nil, &value.Error{Offset: -1, Err: err}
	}
	return v, nil
}

// An object is a JSON object whose members are read by name and type. Errors name the member.
type object map[string]any

// wrong is an error in a description.
func wrong(format string, args ...any) error {
	return &value.Error{Offset: -1, Err: fmt.Errorf(format, args...)}
}

// objectOf returns v as an object that has no other keys than those.
func objectOf(v any, keys ...string) (object, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, wrong("an object is wanted, not %s", jsonType(v))
	}
	return object(m), object(m).only(keys...)
}

// only reports a key that has no meaning here, such as a misspelt one.
func (o object) only(keys ...string) error {
	for k := range o {
		if !slices.Contains(keys, k) {
			return wrong("unknown key %q; there are %s", short(k), strings.Join(keys, ", "))
		}
	}
	return nil
}

func (o object) has(key string) bool { _, ok := o[key]; return ok }

// need returns what stands under a key.
func (o object) need(key string) (any, error) {
	v, ok := o[key]
	if !ok {
		return nil, wrong("key %q is missing", key)
	}
	return v, nil
}

// text returns a string, given as such or as {"raw": hex}.
func (o object) text(key string) (string, error) {
	v, err := o.need(key)
	if err != nil {
		return "", err
	}
	s, err := textOf(v)
	return s, within("."+key, err)
}

// optional is text for a key that may be missing: "".
func (o object) optional(key string) (string, error) {
	if !o.has(key) {
		return "", nil
	}
	return o.text(key)
}

func textOf(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	o, err := objectOf(v, "raw")
	if err != nil {
		return "", wrong(`a text or {"raw": hex} is wanted, not %s`, jsonType(v))
	}
	b, err := o.hex("raw")
	return string(b), err
}

// hex returns bytes given as hexadecimal digits.
func (o object) hex(key string) ([]byte, error) {
	v, err := o.need(key)
	if err != nil {
		return nil, err
	}
	s, ok := v.(string)
	if !ok {
		return nil, within("."+key, wrong("hexadecimal digits in a text are wanted, not %s", jsonType(v)))
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, within("."+key, wrong("bad hexadecimal digits: %s", strings.TrimPrefix(err.Error(), "encoding/hex: ")))
	}
	return b, nil
}

// bool returns a truth value, false where there is none.
func (o object) bool(key string) (bool, error) {
	v, ok := o[key]
	if !ok {
		return false, nil
	}
	b, ok := v.(bool)
	if !ok {
		return false, within("."+key, wrong("true or false is wanted, not %s", jsonType(v)))
	}
	return b, nil
}

// int returns a whole number between two bounds.
func (o object) int(key string, lowest, highest int64) (int64, error) {
	v, err := o.need(key)
	if err != nil {
		return 0, err
	}
	n, err := intOf(v, lowest, highest)
	return n, within("."+key, err)
}

// intOr is int for a key that may be missing.
func (o object) intOr(key string, lowest, highest, otherwise int64) (int64, error) {
	if !o.has(key) {
		return otherwise, nil
	}
	return o.int(key, lowest, highest)
}

func intOf(v any, lowest, highest int64) (int64, error) {
	s, ok := v.(number)
	if !ok {
		return 0, wrong("a whole number is wanted, not %s", jsonType(v))
	}
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, wrong("%s is no whole number", short(string(s)))
	}
	if err != nil || n < lowest || n > highest {
		return 0, wrong("%s is out of range: it goes from %d to %d", short(string(s)), lowest, highest)
	}
	return n, nil
}

// double returns the bits of a number, or of one of the texts for what JSON has no number for.
func doubleOf(v any) (uint64, error) {
	switch v := v.(type) {
	case number:
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return 0, wrong("%s is out of the range of a double", short(string(v)))
		}
		return math.Float64bits(f), nil
	case string:
		switch v {
		case "NaN":
			return 0x7FF8_0000_0000_0000, nil
		case "Infinity", "-Infinity", "-0":
			f, err := strconv.ParseFloat(v, 64)
			return math.Float64bits(f), err
		}
	}
	return 0, wrong(`a number, "-0", "NaN", "Infinity" or "-Infinity" is wanted, not %s`, jsonType(v))
}

// list returns a list, an empty one where there is none.
func (o object) list(key string) ([]any, error) {
	v, ok := o[key]
	if !ok {
		return nil, nil
	}
	l, ok := v.([]any)
	if !ok {
		return nil, within("."+key, wrong("a list is wanted, not %s", jsonType(v)))
	}
	return l, nil
}

// within is value.Within for what may be no error.
func within(step string, err error) error {
	if err == nil {
		return nil
	}
	return value.Within(step, err)
}

func jsonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case number:
		return short(string(v))
	case string:
		return strconv.Quote(short(v))
	case []any:
		return "a list"
	}
	return "an object"
}
