package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeDocs puts tables and plot into the documents: the tables between the marks that costs.md has for them.
func writeDocs(docs string, r *report) error {
	if len(r.plotted()) < len(styles) {
		return errors.New("docs/costs.md needs figures of DynamoDB and of Firestore")
	}
	page := filepath.Join(docs, "costs.md")
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	filled := string(text)
	for _, t := range tablesOf(r) {
		if filled, err = fill(filled, t.name, t.markdown()); err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
	}
	if err := os.WriteFile(page, []byte(filled), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "images", "costs.svg"), plotOf(r).svg(), 0o644)
}

// fill replaces what stands between two marks of a document.
func fill(text, name, with string) (string, error) {
	begin, end := fmt.Sprintf("<!-- bench/stores: %s -->\n", name), "<!-- end -->"
	before, rest, found := strings.Cut(text, begin)
	if !found {
		return "", fmt.Errorf("there is no line %q", strings.TrimSpace(begin))
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("nothing ends %q", strings.TrimSpace(begin))
	}
	return before + begin + with + end + after, nil
}
