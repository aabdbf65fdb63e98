package deploy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestImage: the image holds one static program for Cloud Run's processors, and runs it as nobody in particular.
func TestImage(t *testing.T) {
	for _, wrong := range checkImage(t, readFile(t, "Dockerfile")) {
		t.Error(wrong)
	}
	ignored := strings.Fields(readFile(t, ".dockerignore"))
	for _, name := range []string{".git", ".build", "**/*.tfvars", "**/*.tfstate*"} {
		if !slices.Contains(ignored, name) {
			t.Errorf("the build sees %s", name)
		}
	}
}

func TestImageMistakes(t *testing.T) {
	text := readFile(t, "Dockerfile")
	for _, m := range []mistake{
		{"image with a shell", "gcr.io/distroless/static-debian12:nonroot", "debian:12", "the image holds more than the program"},
		{"user with all rights", "USER nonroot:nonroot", "USER root", "the program runs as root"},
		{"program that is linked to libraries", "CGO_ENABLED=0 ", "", "is not linked statically"},
		{"other processors than Cloud Run's", "GOARCH=amd64", "GOARCH=arm64", "not for linux on amd64"},
		{"program that is not there", "./examples/chat/cloudrun", "./examples/chat/run", "there is no ./examples/chat/run"},
		{"start by a shell, which takes the signals", `ENTRYPOINT ["/chat"]`, "ENTRYPOINT /chat", "not started by itself"},
		{"Go of another version", "golang:1.26", "golang:1.25", "Go 1.25 does not build"},
	} {
		t.Run(m.name, func(t *testing.T) {
			found := checkImage(t, m.into(t, text))
			if !slices.ContainsFunc(found, func(wrong string) bool { return strings.Contains(wrong, m.want) }) {
				t.Errorf("found %q, want something with %q", found, m.want)
			}
		})
	}
}

// checkImage returns what is wrong with a Dockerfile.
func checkImage(t *testing.T, text string) []string {
	t.Helper()
	var wrong []string
	stages := instructions(text, "FROM")
	if last := stages[len(stages)-1]; !strings.HasPrefix(last, "gcr.io/distroless/static-") || !strings.HasSuffix(last, ":nonroot") {
		wrong = append(wrong, "the image holds more than the program: "+last)
	}
	if users := instructions(text, "USER"); !slices.Equal(users, []string{"nonroot:nonroot"}) {
		wrong = append(wrong, "the program runs as "+strings.Join(users, ", "))
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "go.mod"))[1]
	if builder, _, _ := strings.Cut(stages[0], " "); builder != "golang:"+version {
		wrong = append(wrong, "Go "+strings.TrimPrefix(builder, "golang:")+" does not build what go.mod asks for, "+version)
	}
	build := buildCommand(text)
	if !slices.Contains(build, "CGO_ENABLED=0") {
		wrong = append(wrong, "the program is not linked statically")
	}
	if !slices.Contains(build, "GOARCH=amd64") || !slices.Contains(build, "GOOS=linux") {
		wrong = append(wrong, "the program is not for linux on amd64")
	}
	if program := build[len(build)-1]; !exists(program) {
		wrong = append(wrong, "there is no "+program)
	}
	var start []string
	if err := json.Unmarshal([]byte(strings.Join(instructions(text, "ENTRYPOINT"), "")), &start); err != nil || len(start) != 1 {
		wrong = append(wrong, "the program is not started by itself")
	}
	return wrong
}

// buildCommand are the words by which a Dockerfile has the program built.
func buildCommand(text string) []string {
	for _, run := range instructions(text, "RUN") {
		if strings.Contains(run, "go build") {
			return strings.Fields(run)
		}
	}
	return []string{""}
}

// instructions are the operands of a Dockerfile's instructions of a kind.
func instructions(text, kind string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if operand, ok := strings.CutPrefix(line, kind+" "); ok {
			found = append(found, strings.TrimSpace(operand))
		}
	}
	return found
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return name != "" && err == nil
}
