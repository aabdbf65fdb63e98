package docs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// markdown are the documents of the module, as paths from its root.
func markdown(t *testing.T) []string {
	t.Helper()
	files := slices.DeleteFunc(committed(t), func(name string) bool {
		return filepath.Ext(name) != ".md" || strings.Contains(name, "testdata/")
	})
	if len(files) == 0 {
		t.Fatal("no documents found")
	}
	return files
}

// Folders and kinds of files that hold what is made of the sources, as .gitignore has them.
var (
	built   = []string{".git", ".build", "bin", "__pycache__"}
	byTools = []string{".test", ".prof", ".out"}
)

// committed are the files that are or could be committed, as paths from the module's root. It asks no git, so that it also holds in
// a copy that is no clone.
func committed(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(built, entry.Name()):
			return fs.SkipDir
		case entry.Type().IsRegular() && !slices.Contains(byTools, filepath.Ext(name)):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commands are the lines of a document's code blocks that are shell: without the prompt, continued lines joined.
func commands(text string) []string {
	var found []string
	language, inside := "", false
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if mark, ok := strings.CutPrefix(line, "```"); ok {
			inside, language = !inside, mark
			continue
		}
		if inside && slices.Contains([]string{"", "sh", "bash", "console", "shell"}, language) {
			found = append(found, strings.TrimPrefix(line, "$ "))
		}
	}
	return found
}

func TestCommandsInDocuments(t *testing.T) {
	makefile := read(t, "Makefile")
	patchbay := buildPatchbay(t)
	seen := 0
	for _, name := range markdown(t) {
		for _, line := range commands(read(t, name)) {
			words := strings.Fields(line)
			words = words[len(environment(words)):]
			switch {
			case len(words) >= 2 && words[0] == "make":
				seen++
				checkMake(t, name, makefile, words[1:])
			case len(words) >= 3 && words[0] == "go" && words[1] == "run":
				seen++
				checkGoRun(t, name, patchbay, words[2:])
			case len(words) >= 2 && filepath.Base(words[0]) == "patchbay":
				seen++
				checkPatchbay(t, name, patchbay, words[1:])
			}
		}
	}
	if seen == 0 {
		t.Error("the documents show no command at all")
	}
}

// environment is the "NAME=value" words that a command line begins with.
func environment(words []string) []string {
	n := 0
	for n < len(words) && regexp.MustCompile(`^[A-Z_]+=`).MatchString(words[n]) {
		n++
	}
	return words[:n]
}

func checkMake(t *testing.T, doc, makefile string, words []string) {
	t.Helper()
	for _, target := range words {
		if strings.HasPrefix(target, "#") {
			return
		}
		if !strings.Contains(target, "=") && !strings.Contains(makefile, "\n"+target+":") {
			t.Errorf("%s: make %s: no such target", doc, target)
		}
	}
}

func checkGoRun(t *testing.T, doc, patchbay string, words []string) {
	t.Helper()
	if words[0] == "./cmd/patchbay" {
		checkPatchbay(t, doc, patchbay, words[1:])
		return
	}
	if !strings.HasPrefix(words[0], "./") {
		return // a tool of someone else's
	}
	if _, err := os.Stat(filepath.Join(root, words[0])); err != nil {
		t.Errorf("%s: go run %s: %v", doc, words[0], err)
	}
}

// checkPatchbay asks the binary for the help of the command and looks for every flag shown.
func checkPatchbay(t *testing.T, doc, patchbay string, words []string) {
	t.Helper()
	if len(words) == 0 || strings.HasPrefix(words[0], "-") {
		words = append([]string{""}, words...)
	}
	args := slices.DeleteFunc([]string{words[0], "--help"}, func(s string) bool { return s == "" })
	help, err := exec.CommandContext(t.Context(), patchbay, args...).CombinedOutput()
	if err != nil || words[0] != "" && !strings.Contains(string(help), "patchbay "+words[0]) {
		t.Errorf("%s: patchbay %s: no such command", doc, words[0])
		return
	}
	for _, word := range words[1:] {
		if strings.HasPrefix(word, "#") || word == "|" || word == "&" || word == "<" {
			return
		}
		flag, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(flag, "--") && !strings.Contains(string(help), flag) {
			t.Errorf("%s: patchbay %s has no flag %s", doc, words[0], flag)
		}
	}
}

func buildPatchbay(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "patchbay")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/patchbay")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return binary
}

var link = regexp.MustCompile(`\]\(([^)\s#]+)(#[^)]*)?\)`)

func TestLinksInDocuments(t *testing.T) {
	for _, name := range markdown(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, name), -1) {
			target := match[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), target)); err != nil {
				t.Errorf("%s: link to %s: %v", name, target, err)
			}
		}
	}
}
