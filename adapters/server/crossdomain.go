package server

import (
	"html"
	"net/http"
	"strings"
)

// CrossDomain is what a policy file allows Flash Player to do: SWFs that were loaded from other domains may call this server.
type CrossDomain struct {
	// Domains are where SWFs may come from: "www.example.com", "*.example.com", or "*" for anywhere, which lets any page on the
	// net use its visitors' cookies here.
	Domains []string

	// Headers are the request headers that those SWFs may set; "*" for all. Default: none of their own.
	Headers []string

	// Insecure lets SWFs that were loaded by plain HTTP call by HTTPS.
	Insecure bool
}

// ServeHTTP implements http.Handler; without a policy there is no file.
func (c *CrossDomain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/x-cross-domain-policy")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(c.policy())
}

// policy returns the file as Adobe's specification of it has it. Only this one counts: SWFs cannot ask for policies elsewhere.
func (c *CrossDomain) policy() []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE cross-domain-policy SYSTEM \"http://www.adobe.com/xml/dtds/cross-domain-policy.dtd\">\n" +
		"<cross-domain-policy>\n  <site-control permitted-cross-domain-policies=\"master-only\"/>\n")
	secure := "true"
	if c.Insecure {
		secure = "false"
	}
	for _, domain := range c.Domains {
		b.WriteString("  <allow-access-from domain=\"" + html.EscapeString(domain) + "\" secure=\"" + secure + "\"/>\n")
	}
	for _, domain := range c.Domains {
		if len(c.Headers) > 0 {
			b.WriteString("  <allow-http-request-headers-from domain=\"" + html.EscapeString(domain) + "\" headers=\"" +
				html.EscapeString(strings.Join(c.Headers, ",")) + "\" secure=\"" + secure + "\"/>\n")
		}
	}
	b.WriteString("</cross-domain-policy>\n")
	return []byte(b.String())
}
