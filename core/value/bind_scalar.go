package value

import (
	"encoding"
	"encoding/base64"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// The binders of values without parts. Which kinds they take is the table of conversions in doc.go.

func bindBool(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindBool:
		v.SetBool(t.Num != 0)
		return nil
	case KindInt, KindUint:
		v.SetBool(t.Num != 0)
		return nil
	case KindFloat, KindNumber:
		f, err := t.float()
		v.SetBool(err == nil && f != 0 && f == f)
		return nil
	case KindString, KindText:
		b, err := strconv.ParseBool(t.Text())
		if err != nil {
			return d.mismatch(t, v)
		}
		v.SetBool(b)
		return nil
	}
	return d.mismatch(t, v)
}

func bindInt(d *Decoder, t *Token, v reflect.Value) error {
	n, ok := t.int64()
	if !ok {
		return d.notInteger(t, v)
	}
	if v.OverflowInt(n) {
		return d.outOfRange(t, v)
	}
	v.SetInt(n)
	return nil
}

func bindUint(d *Decoder, t *Token, v reflect.Value) error {
	n, ok := t.uint64()
	if !ok {
		return d.notInteger(t, v)
	}
	if v.OverflowUint(n) {
		return d.outOfRange(t, v)
	}
	v.SetUint(n)
	return nil
}

func bindFloat(d *Decoder, t *Token, v reflect.Value) error {
	f, err := t.float()
	if err != nil {
		return d.mismatch(t, v)
	}
	if v.OverflowFloat(f) {
		return d.outOfRange(t, v)
	}
	v.SetFloat(f)
	return nil
}

// notInteger says whether the number is at fault or the kind.
func (d *Decoder) notInteger(t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindInt, KindUint, KindFloat, KindNumber:
		return d.outOfRange(t, v)
	}
	return d.mismatch(t, v)
}

func (d *Decoder) outOfRange(t *Token, v reflect.Value) error {
	return d.errorf(ErrType, string(t.appendNumber(nil))+" does not fit "+typeWords(v.Type()))
}

// int64 returns the token as an integer that it is exactly.
func (t *Token) int64() (int64, bool) {
	switch t.Kind {
	case KindInt:
		return int64(t.Num), true
	case KindUint:
		return int64(t.Num), t.Num <= math.MaxInt64
	case KindFloat:
		f := math.Float64frombits(t.Num)
		return int64(f), f == math.Trunc(f) && f >= -1<<63 && f < 1<<63
	case KindNumber, KindString, KindText:
		return parseInteger(t.Text())
	case KindBool:
		return int64(t.Num), true
	}
	return 0, false
}

func (t *Token) uint64() (uint64, bool) {
	switch t.Kind {
	case KindUint:
		return t.Num, true
	case KindFloat:
		f := math.Float64frombits(t.Num)
		return uint64(f), f == math.Trunc(f) && f >= 0 && f < 1<<64
	case KindNumber, KindString, KindText:
		if n, err := strconv.ParseUint(t.Text(), 10, 64); err == nil {
			return n, true
		}
	}
	n, ok := t.int64()
	return uint64(n), ok && n >= 0
}

// parseInteger reads a decimal integer, also one written as 3.0 or 3e2.
func parseInteger(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	const exact = 1 << 53
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) <= exact
}

// float returns the token as a float64, rounded where it must be.
func (t *Token) float() (float64, error) {
	switch t.Kind {
	case KindInt:
		return float64(int64(t.Num)), nil
	case KindUint, KindBool:
		return float64(t.Num), nil
	case KindFloat, KindTime:
		return math.Float64frombits(t.Num), nil
	case KindNumber, KindString, KindText:
		return strconv.ParseFloat(t.Text(), 64)
	}
	return 0, ErrType
}

// appendNumber appends the number of a token as people write it.
func (t *Token) appendNumber(b []byte) []byte {
	switch t.Kind {
	case KindInt:
		return strconv.AppendInt(b, int64(t.Num), 10)
	case KindUint:
		return strconv.AppendUint(b, t.Num, 10)
	case KindFloat:
		return strconv.AppendFloat(b, math.Float64frombits(t.Num), 'g', -1, 64)
	}
	return t.AppendText(b)
}

func bindString(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindString, KindText, KindXML, KindXMLDoc, KindNumber:
		if t.Str == nil || *t.Str == "" {
			if err := d.charge(t.TextLen()); err != nil {
				return err
			}
		}
		v.SetString(t.Text())
	case KindBool:
		v.SetString(strconv.FormatBool(t.Num != 0))
	case KindInt, KindUint, KindFloat:
		v.SetString(string(t.appendNumber(nil)))
	default:
		return d.mismatch(t, v)
	}
	return nil
}

func bindTime(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindTime, KindInt, KindUint, KindFloat, KindNumber:
		ms, err := t.float()
		at, ok := Date(ms).Time()
		if err != nil || !ok {
			return d.errorf(ErrType, "not a date that can be told: "+strconv.FormatFloat(ms, 'g', -1, 64)+" ms")
		}
		*v.Addr().Interface().(*time.Time) = at // reflect.ValueOf(at) would put it on the heap
		return nil
	case KindString, KindText:
		at, err := time.Parse(time.RFC3339Nano, t.Text())
		if err != nil {
			return d.errorf(ErrType, "not a date in the form of RFC 3339: "+strconv.Quote(t.Text()))
		}
		*v.Addr().Interface().(*time.Time) = at.UTC()
		return nil
	}
	return d.mismatch(t, v)
}

// bindBytes binds to a slice of bytes; v is one. Text of a format that knows its types is base64, as JSON carries bytes.
func bindBytes(d *Decoder, t *Token, v reflect.Value) error {
	if err := d.charge(t.TextLen()); err != nil {
		return err
	}
	switch t.Kind {
	case KindBytes, KindText:
		v.SetBytes(t.AppendText(make([]byte, 0, t.TextLen())))
		return nil
	case KindString:
		b, err := base64.StdEncoding.AppendDecode(make([]byte, 0, t.TextLen()/4*3+3), []byte(t.Text()))
		if err != nil {
			return d.errorf(ErrType, "text where bytes are wanted must be base64")
		}
		v.SetBytes(b)
		return nil
	}
	return d.mismatch(t, v)
}

// maxBigDigits bounds what 1e999999999 may cost.
const maxBigDigits = 4096

func bindBig(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindInt, KindUint, KindFloat, KindNumber, KindString, KindText:
	default:
		return d.mismatch(t, v)
	}
	text := string(t.appendNumber(nil))
	size, ok := decimalSize(text)
	if !ok {
		return d.mismatch(t, v)
	}
	if err := d.charge(size); err != nil {
		return err
	}
	if !setBig(v.Addr().Interface(), text) {
		return d.outOfRange(t, v)
	}
	return nil
}

// decimalSize returns how many digits a decimal number has when written out, and false for text that is none or absurdly long. Six
// bytes can be thousands of digits, so that many have to be charged.
func decimalSize(text string) (size int, ok bool) {
	digits, exponent, found := strings.Cut(strings.ToLower(text), "e")
	size = len(digits)
	if found {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > maxBigDigits || n < -maxBigDigits {
			return 0, false
		}
		size += max(n, -n)
	}
	return size, len(digits) <= maxBigDigits && digits != "" && strings.Trim(digits, "+-.0123456789") == ""
}

func setBig(dst any, text string) bool {
	rat, ok := new(big.Rat).SetString(text)
	if !ok {
		return false
	}
	switch dst := dst.(type) {
	case *big.Int:
		dst.Set(rat.Num())
		return rat.IsInt()
	case *big.Float:
		_, _, err := dst.SetPrec(max(64, uint(len(text))*4)).Parse(text, 10)
		return err == nil
	case *big.Rat:
		dst.Set(rat)
	}
	return true
}

func bindUnmarshaler(d *Decoder, t *Token, v reflect.Value) error {
	if t.Kind == KindObject && t.Shape.Wrapper {
		return d.bindWrapped(d.registry.plan(v.Type()), v)
	}
	return v.Addr().Interface().(Unmarshaler).UnmarshalTokens(d, t)
}

func bindTextUnmarshaler(d *Decoder, t *Token, v reflect.Value) error {
	switch t.Kind {
	case KindString, KindText, KindNumber:
		if v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(t.AppendText(nil)) == nil {
			return nil
		}
		return d.mismatch(t, v) // what a type says of itself is not written for peers
	}
	return d.mismatch(t, v)
}

// bindNothing is for types that no value can become, such as funcs and channels.
func bindNothing(d *Decoder, t *Token, v reflect.Value) error { return d.mismatch(t, v) }

// UnmarshalTokens takes any XML, and text.
func (x *XML) UnmarshalTokens(d *Decoder, t *Token) error {
	return bindString(d, t, reflect.ValueOf(x).Elem())
}

// UnmarshalTokens takes any XML, and text.
func (x *XMLDoc) UnmarshalTokens(d *Decoder, t *Token) error {
	return bindString(d, t, reflect.ValueOf(x).Elem())
}

// UnmarshalTokens takes a date, valid or not, and a number of milliseconds.
func (m *Date) UnmarshalTokens(d *Decoder, t *Token) error {
	switch t.Kind {
	case KindTime, KindInt, KindUint, KindFloat, KindNumber:
		ms, err := t.float()
		if err != nil {
			return d.outOfRange(t, reflect.ValueOf(m).Elem())
		}
		*m = Date(ms)
		return nil
	}
	return d.mismatch(t, reflect.ValueOf(m).Elem())
}

// UnmarshalTokens takes any value and forgets it.
func (u *undefined) UnmarshalTokens(d *Decoder, t *Token) error { return d.reader.Skip(t) }
