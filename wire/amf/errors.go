package amf

import (
	"errors"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// ErrReferencesArguments is the reason of the error for AMF0 reference 0 in a body that Arguments announced under another
// numbering than NumberingPyAMF. In those it is the argument array itself, which no client sends, so the sender numbers as PyAMF
// does: read the body again with NumberingPyAMF.
var ErrReferencesArguments = errors.New("an argument refers to the argument array")

// syntax returns an error for what stands at the offset given.
func syntax(offset int, words ...string) error {
	return value.Errorf(offset, value.ErrSyntax, words...)
}

func (r *Reader) overLimit(what string, limit int) error {
	return value.Errorf(r.in.Off, value.ErrLimit, "more than ", strconv.Itoa(limit), " ", what)
}

func (r *Reader) errTooFew(n uint32, what string) error {
	return value.Errorf(r.in.Off, value.ErrTruncated, strconv.FormatUint(uint64(n), 10), " ", what, " are announced, ",
		strconv.Itoa(r.in.Left()), " bytes are left")
}

func errMarker(offset int, version string, marker byte) error {
	return syntax(offset, "unknown "+version+" marker 0x", strconv.FormatUint(uint64(marker)+0x100, 16)[1:])
}

func errReference(offset int, what string, index uint32) error {
	return syntax(offset, "a reference to ", what, " ", strconv.FormatUint(uint64(index), 10), ", which has not been there")
}

// errGivenUp is for a part that was not read to its end, because of an error, before the next one began.
func errGivenUp(offset int) error {
	return syntax(offset, "this part was given up after an error and cannot be read further")
}
