package value

import (
	"reflect"
	"time"
	"unsafe"
)

// A StructMemory is the memory of a struct whose scalar fields are read and written in place. Reflection costs more for each field
// than AMF does for reading it: a sixth of the time of a large reply. This file is the only one that goes past the type system: a
// ScalarField is made here alone, from what reflect says of the very type that the memory is of.
type StructMemory struct {
	base unsafe.Pointer
}

// A ScalarField is a field of one of the kinds that StructMemory knows: a string, an integer with a sign, a float64, a bool or a
// time.Time.
type ScalarField struct {
	Kind   Kind // KindString, KindInt, KindFloat, KindBool or KindTime
	size   uint8
	offset uintptr
}

// memoryOf returns the memory of v, a struct that has an address.
func memoryOf(v reflect.Value) StructMemory { return StructMemory{v.Addr().UnsafePointer()} }

// scalarField describes a field; its type is one that usualKind knows.
func scalarField(f reflect.StructField, kind Kind) ScalarField {
	return ScalarField{Kind: kind, size: uint8(f.Type.Size()), offset: f.Offset}
}

// SetString sets a field of KindString.
func (m StructMemory) SetString(f *ScalarField, s string) {
	*(*string)(unsafe.Add(m.base, f.offset)) = s
}

// SetFloat sets a field of KindFloat.
func (m StructMemory) SetFloat(f *ScalarField, v float64) {
	*(*float64)(unsafe.Add(m.base, f.offset)) = v
}

// SetBool sets a field of KindBool.
func (m StructMemory) SetBool(f *ScalarField, v bool) { *(*bool)(unsafe.Add(m.base, f.offset)) = v }

// SetTime sets a field of KindTime.
func (m StructMemory) SetTime(f *ScalarField, t time.Time) {
	*(*time.Time)(unsafe.Add(m.base, f.offset)) = t
}

// SetInt sets a field of KindInt, unless that does not hold n.
func (m StructMemory) SetInt(f *ScalarField, n int64) bool {
	p := unsafe.Add(m.base, f.offset)
	switch {
	case f.size == 8:
		*(*int64)(p) = n
	case f.size == 4 && int64(int32(n)) == n:
		*(*int32)(p) = int32(n)
	case f.size == 2 && int64(int16(n)) == n:
		*(*int16)(p) = int16(n)
	case f.size == 1 && int64(int8(n)) == n:
		*(*int8)(p) = int8(n)
	default:
		return false
	}
	return true
}

// SetZero sets a field to the zero value of its type.
func (m StructMemory) SetZero(f *ScalarField) {
	switch f.Kind {
	case KindString:
		m.SetString(f, "")
	case KindInt:
		m.SetInt(f, 0)
	case KindFloat:
		m.SetFloat(f, 0)
	case KindBool:
		m.SetBool(f, false)
	case KindTime:
		m.SetTime(f, time.Time{})
	}
}

// String returns a field of KindString.
func (m StructMemory) String(f *ScalarField) string { return *(*string)(unsafe.Add(m.base, f.offset)) }

// Float returns a field of KindFloat.
func (m StructMemory) Float(f *ScalarField) float64 { return *(*float64)(unsafe.Add(m.base, f.offset)) }

// Bool returns a field of KindBool.
func (m StructMemory) Bool(f *ScalarField) bool { return *(*bool)(unsafe.Add(m.base, f.offset)) }

// Time returns a field of KindTime.
func (m StructMemory) Time(f *ScalarField) time.Time {
	return *(*time.Time)(unsafe.Add(m.base, f.offset))
}

// Int returns a field of KindInt.
func (m StructMemory) Int(f *ScalarField) int64 {
	switch p := unsafe.Add(m.base, f.offset); f.size {
	case 8:
		return *(*int64)(p)
	case 4:
		return int64(*(*int32)(p))
	case 2:
		return int64(*(*int16)(p))
	default:
		return int64(*(*int8)(p))
	}
}
