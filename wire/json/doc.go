// Package json turns JSON text into value.Tokens and back, as RFC 8259 has it.
//
// Reading is strict where RFC 8259 leaves a choice, since a text that two programs read differently is a hole: a name that
// occurs twice in one object, invalid UTF-8, half a surrogate pair, a byte order mark and anything behind the value are errors
// (this is RFC 7493, I-JSON). The whole unit is checked once, by jsontext, before its first token is given out; after that
// a light cursor walks over bytes known to be good. What is read is Null, Bool, Number (the text itself, so nothing is lost),
// String, List and Map. An object whose first member is "$class" with a text is an Object of that class with dynamic members.
//
// Writing maps all kinds to what JSON has:
//
//	Undefined                      null
//	Int, Uint, Number              the exact digits, however many
//	Float                          the shortest digits that read back the same; NaN and infinities are errors
//	String, Text, XML, XMLDoc      text; invalid UTF-8 becomes U+FFFD
//	Bytes                          standard base64
//	Time                           RFC 3339 in UTC with milliseconds; outside of the years 0 to 9999 an error
//	List, vectors                  array
//	Map                            object
//	Object                         object whose first member is "$class"; without it where the class has no name
//	Object that wraps another      what it wraps
//	Mixed                          object: its named members, then the others under "0", "1" and so on
//	Dictionary                     object where all keys are different texts, else an array of [key, value] arrays
//
// A name that would come twice in one object is an error, so that what is written can be read again. JSON has no references:
// value.Copy and value.Encoder repeat what is shared.
package json
