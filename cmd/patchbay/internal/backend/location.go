// Package backend opens what "patchbay serve" keeps sessions and messages in, and what its instances hear of each other by, as a URL names
// them. No other program links all of these.
package backend

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A LocationError says that a URL is none that can be opened, and how one is written.
type LocationError struct {
	Location string // without its password
	Problem  string
}

func (e *LocationError) Error() string { return fmt.Sprintf("%q: %s", e.Location, e.Problem) }

// hidden stands where a password was, as in what net/url redacts.
const hidden = "xxxxx"

// Redacted returns a location as it may be shown: without the passwords that it may have, before its host, in a parameter such as libpq's
// password, or in the URL that a parameter is.
func Redacted(location string) string {
	u, err := url.Parse(location)
	if err != nil || strings.Contains(u.Opaque, "@") {
		scheme, _, _ := strings.Cut(location, ":")
		return scheme + ":..."
	}
	parameters := strings.Split(u.RawQuery, "&")
	for i, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		if secret := strings.Contains(strings.ToLower(name), "password"); secret || strings.Contains(value, "@") || strings.Contains(value, "%40") {
			parameters[i] = name + "=" + hidden
		}
	}
	u.RawQuery = strings.Join(parameters, "&")
	return u.Redacted()
}

func wrong(location, format string, args ...any) error {
	return &LocationError{Location: Redacted(location), Problem: fmt.Sprintf(format, args...)}
}

// parse reads a location that is a URL with a host, and nothing in its query but these parameters.
func parse(location, form string, parameters ...string) (*url.URL, error) {
	u, err := parseServer(location, form)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.Fragment != "" {
		return nil, wrong(location, "write %s", form)
	}
	for name := range u.Query() {
		if !slices.Contains(parameters, name) {
			return nil, wrong(location, "there is no parameter %q; write %s", name, form)
		}
	}
	return u, nil
}

// parseServer reads a location that is a URL, of which the vendor's own package knows the rest.
func parseServer(location, form string) (*url.URL, error) {
	u, err := url.Parse(location)
	if err != nil {
		reason := err
		if parsing, ok := errors.AsType[*url.Error](err); ok {
			reason = parsing.Err // the error repeats the URL, with its password
		}
		return nil, wrong(location, "%v; write %s", reason, form)
	}
	if u.Opaque != "" {
		return nil, wrong(location, "write %s", form)
	}
	return u, nil
}

// scheme returns what stands before the first colon.
func scheme(location string) string {
	before, _, found := strings.Cut(location, ":")
	if !found {
		return ""
	}
	return before
}
