package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	docBlock = regexp.MustCompile("(?s)```(sh|text)\n(.*?)```")
	docWord  = regexp.MustCompile(`'[^']*'|\S+`)

	// What is different each time: ids of messages, times and cursors.
	docVaries = regexp.MustCompile(`\b[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d\d:\d\d:\d\d(\.\d+)?\b|"timestamp":\d+|"cursor":"[^"]*"`)
)

// TestDocs plays the commands of docs/commands.md. What stands below one is what it prints, or, when it prints no more, what one that
// subscribed before prints next.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, "--log-level", "error").Ready["http"]
	var printed []string    // and not yet compared
	var waiting *subscriber // whose lines come when there are no others
	compared := 0
	for _, block := range docBlock.FindAllStringSubmatch(string(page), -1) {
		if block[1] == "sh" {
			printed = nil
		}
		for line := range strings.Lines(block[2]) {
			switch {
			case block[1] == "sh":
				args := docWord.FindAllString(strings.ReplaceAll(line, "127.0.0.1:8080", server), -1)
				if s, out := play(t, args); s != nil {
					waiting = s
				} else {
					printed = append(printed, out...)
				}
				continue
			case len(printed) == 0:
				printed = []string{waiting.line() + "\n"}
			}
			if got, want := docVaries.ReplaceAllString(printed[0], "~"), docVaries.ReplaceAllString(line, "~"); got != want {
				t.Errorf("printed was\n%s\nand the page says\n%s", printed[0], line)
			}
			printed = printed[1:]
			compared++
		}
	}
	if compared < 5 {
		t.Errorf("%d lines were compared, want more", compared)
	}
}

// play runs a command to its end and returns what it printed; one that subscribes it starts.
func play(t *testing.T, words []string) (*subscriber, []string) {
	t.Helper()
	if words[0] != "patchbay" || words[1] == "serve" {
		return nil, nil
	}
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	if words[1] == "subscribe" {
		return subscribe(t, words[2:]...), nil
	}
	got := runBinary(t, nil, words[1:]...)
	if got.status != 0 {
		t.Errorf("%q: got %+v", words, got)
	}
	return nil, slices.Collect(strings.Lines(got.stdout))
}
