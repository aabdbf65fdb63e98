package json

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// timeLayout is RFC 3339 with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// scalar writes a value that is no container.
func (w *Writer) scalar(t *value.Token) error {
	switch t.Kind {
	case value.KindNull, value.KindUndefined:
		w.buf = append(w.buf, "null"...)
	case value.KindBool:
		w.buf = strconv.AppendBool(w.buf, t.Num != 0)
	case value.KindInt:
		w.buf = strconv.AppendInt(w.buf, int64(t.Num), 10)
	case value.KindUint:
		w.buf = strconv.AppendUint(w.buf, t.Num, 10)
	case value.KindFloat:
		return w.float(math.Float64frombits(t.Num))
	case value.KindNumber:
		return w.number(t)
	case value.KindString, value.KindText, value.KindXML, value.KindXMLDoc:
		w.text(t)
	case value.KindBytes:
		w.base64(t)
	case value.KindTime:
		return w.time(math.Float64frombits(t.Num))
	default:
		return value.Errorf(len(w.buf), value.ErrEncode, "JSON has no ", t.Kind.String())
	}
	return nil
}

func (w *Writer) text(t *value.Token) {
	if t.Bytes == nil && t.Str != nil {
		w.buf = appendText(w.buf, *t.Str)
		return
	}
	w.buf = appendText(w.buf, t.Bytes)
}

func (w *Writer) base64(t *value.Token) {
	b := t.Bytes
	if b == nil && t.Str != nil {
		b = []byte(*t.Str)
	}
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, b)
	w.buf = append(w.buf, '"')
}

// number writes the digits that it was given. They may come from another format, so they are looked at.
func (w *Writer) number(t *value.Token) error {
	start := len(w.buf)
	w.buf = t.AppendText(w.buf)
	if n := jsontext.Value(w.buf[start:]); n.Kind() != '0' || !n.IsValid() {
		return value.Errorf(start, value.ErrEncode, "not a number in JSON")
	}
	return nil
}

// float writes f as ECMAScript and encoding/json do: digits up to 1e21, an exponent beyond.
func (w *Writer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return value.Errorf(len(w.buf), value.ErrEncode, "JSON has no ", strconv.FormatFloat(f, 'g', -1, 64))
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	w.buf = strconv.AppendFloat(w.buf, f, format, -1, 64)
	if n := len(w.buf); format == 'e' && n >= 4 && w.buf[n-4] == 'e' && w.buf[n-3] == '-' && w.buf[n-2] == '0' {
		w.buf = append(w.buf[:n-2], w.buf[n-1]) // e-09 is e-9 in ECMAScript
	}
	return nil
}

// The first and the last millisecond that RFC 3339 can write.
var (
	firstTime = float64(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	lastTime  = float64(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli())
)

// time writes milliseconds since 1970; what is less than one is cut off downwards.
func (w *Writer) time(ms float64) error {
	ms = math.Floor(ms)
	if !(ms >= firstTime && ms <= lastTime) { // not true for NaN
		return value.Errorf(len(w.buf), value.ErrEncode, "a date that RFC 3339 cannot write")
	}
	w.buf = append(w.buf, '"')
	w.buf = time.UnixMilli(int64(ms)).UTC().AppendFormat(w.buf, timeLayout)
	w.buf = append(w.buf, '"')
	return nil
}
