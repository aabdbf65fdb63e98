// Package syntax shows the bytes of AMF as they are: a tree below the tokens of core/value, in which references stay references,
// traits say whether they were written inline, and nothing is repaired. It is for whoever debugs a capture or writes a test
// packet; calls are served by wire/amf.
//
// Parse turns bytes into a [Document], which writes itself as its description (JSON, for programs) or as text with byte offsets
// (for people). Describe goes the other way: it reads a description, and [Document.Append] writes its bytes. The description's
// form is the one of the test vectors, testdata/vectors/README.md.
//
// It follows Adobe's AMF0 (2007) and AMF3 (2013) specifications, and numbers AMF0 references as Flash Player's AVM1 does: the
// argument array of a request, objects, arrays and XML documents count, dates do not.
package syntax
