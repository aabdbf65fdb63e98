// Package browser drives headless Chromium for the tests of the pages that the server shows.
//
// A test starts a Chromium of its own, opens pages in it, each with a fresh profile, and does with them what a person would: click,
// type, look. Each page has a minute for all that. When that is over, or the page's process has died, the test fails with what is
// known: console, exceptions, requests without an answer, the document, a screenshot, what Chromium printed. Chromium and all it
// has started are killed at the test's end.
//
// The package carries the build tag peers, as its users do: it is of no use without Chromium.
package browser
