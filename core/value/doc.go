// Package value is the neutral form of values between wire formats and Go: tokens, how they bind to Go types, how Go values become
// tokens, and the limits on both.
//
// A wire format reads bytes as tokens (Reader) and writes tokens as bytes (Writer) and knows no Go types. A Decoder binds tokens to
// Go values, an Encoder turns Go values into tokens, and Copy moves a value from one format to another without making Go values
// of it. All rules of conversion are here, once:
//
//	destination         takes
//	any of them         null, undefined: the zero value
//	bool                bool; a number, true unless 0 or NaN; the texts of strconv.ParseBool
//	int..., uint...     numbers that are whole and in range, 3.0 and 3e2 too; a decimal text; bool as 0 or 1
//	float64, float32    numbers, rounded; a decimal text
//	string              string; number and bool as text; XML as text
//	[]byte              bytes; a string as base64; text of a format without types as it is; a list of numbers
//	time.Time           time; a number of milliseconds since 1970; text as in RFC 3339. Not NaN, not beyond ECMAScript's dates
//	Date                time and numbers, NaN and infinities too
//	big.Int/Float/Rat   numbers and decimal texts of up to 4,096 digits
//	text unmarshalers   string and number
//	slices, arrays      lists, vectors, collections; arrays whose names are exactly 0..n-1
//	maps                objects; arrays, with their indexes as keys; dictionaries; an empty list, as PHP sends an empty map
//	structs             objects of any class, by the names of members: surplus ones go to the ",dynamic" map or are dropped,
//	                    missing ones stay zero. An empty list, as PHP sends an object without members
//	Members             objects, in order
//	Late, Packed        anything, as it came
//	interfaces          what is below, where it has the methods
//
// An any gets, by kind: nil; Undefined; bool; float64 for every number (an integer that is not exact there: int64, uint64, *big.Int);
// string; []byte; time.Time, or Date where that cannot hold it; XML; XMLDoc; []any; map[string]any; *Array; *Vector; *Dictionary; a
// pointer to the registered struct, or *Object for a class that is not registered. ArrayCollection, ArrayList and ObjectProxy
// become what they wrap.
//
// The other way round an any with a whole float64 of up to 29 bits goes out as an integer, as Flash Player itself sends it; a
// number whose Go type is told by a field keeps that type. A struct without a class goes out as an object without one.
package value
