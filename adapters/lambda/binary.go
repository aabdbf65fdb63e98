package lambda

import (
	"net/http"
	"strings"
)

// isText reports whether a body goes out as a JSON string, and not as base64. The headers alone decide, so that answers of one kind always
// go the same way: AMF that happens to be UTF-8 is no text. Without a content type it is base64, since nobody has said that it is text.
func isText(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	list := h["Content-Type"]
	return len(list) == 1 && isTextType(list[0])
}

// isTextType reports whether what a media type names is text in UTF-8.
func isTextType(contentType string) bool {
	media, params, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch {
	case !isUTF8(params):
		return false
	case strings.HasPrefix(media, "text/"), strings.HasSuffix(media, "+json"), strings.HasSuffix(media, "+xml"):
		return true
	}
	switch media {
	case "application/json", "application/x-ndjson", "application/xml", "application/javascript", "application/x-www-form-urlencoded",
		"application/yaml", "application/graphql":
		return true
	}
	return false
}

// isUTF8 reports whether the parameters of a media type name no other charset.
func isUTF8(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(name, "charset") {
			continue
		}
		v = strings.Trim(v, `"`)
		if !strings.EqualFold(v, "utf-8") && !strings.EqualFold(v, "us-ascii") {
			return false
		}
	}
	return true
}
