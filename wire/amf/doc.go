// Package amf turns the bytes of AMF0 and AMF3 into tokens (value.Token) and back. Both versions are one package since one
// nests in the other: what stands behind AMF0's marker 0x11 is AMF3.
//
// In comes a []byte with values back to back, or a packet whose fields its reader takes with Byte, Uint16, Uint32 and UTF
// between values; out come tokens whose bytes are views of the input. A Reader checks every length against what is left
// before it uses it, needs no recursion, and takes no memory for plain values once its tables have grown.
//
// Specifications: Adobe's AMF0 (2007) and AMF3 (2013); where they are silent or peers differ, the comment at the place says
// whose behaviour is followed.
package amf
