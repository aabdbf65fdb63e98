//go:build peers && deploy

package deploy

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// built is something in the folder that tests/install fills.
func built(t *testing.T, name string) string {
	t.Helper()
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(build, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: \"make test-deploy\" installs it", err)
	}
	return path
}

// TestRealSAM: AWS's own tool finds the template valid, and builds for each function a program that Lambda's arm64 can start.
func TestRealSAM(t *testing.T) {
	sam := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), built(t, "sam/bin/sam"), args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "SAM_CLI_TELEMETRY=0")
		out, errs, err := process.Finish(t, cmd)
		t.Logf("%s\n%s%s", cmd, out, errs)
		if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
	}
	sam("validate", "--lint", "--region", "us-east-1")
	folder := t.TempDir()
	sam("build", "--build-in-source", "--build-dir", filepath.Join(folder, "build"), "--cache-dir", filepath.Join(folder, "cache"))
	template, err := readTemplate([]byte(readFile(t, "template.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for name := range resources(template, function) {
		program, err := elf.Open(filepath.Join(folder, "build", name, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if program.Machine != elf.EM_AARCH64 {
			t.Errorf("%s is built for %s, want arm64", name, program.Machine)
		}
		_ = program.Close()
	}
}

// TestRealGoogle: the real provider finds the modules valid, their tests pass with its schemas, and it plans the whole deployment without
// an account. A value that it refuses, which its schema alone would not show, is found.
func TestRealGoogle(t *testing.T) {
	tf := &terraform{program: findTerraform(t), config: mirrorConfig(t, built(t, "terraform"))}
	folder := sources(t)
	for _, module := range []string{"modules/firestore", "modules/cloudrun", "modules/pubsub", "google"} {
		t.Run(module, func(t *testing.T) {
			if err := tf.check(t, filepath.Join(folder, module), "validate", "test"); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("plan", func(t *testing.T) {
		t.Setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "none")
		out, err := tf.run(t, filepath.Join(folder, "google"), "plan", "-input=false", "-var=project=demo", "-var=region=europe-west1", "-var=image=demo")
		t.Log(out)
		if err != nil || !strings.Contains(out, "to add, 0 to change, 0 to destroy") {
			t.Errorf("terraform plan: %v", err)
		}
	})
	t.Run("value that is not of the list", func(t *testing.T) {
		folder := sources(t)
		wrong := mistake{"", `"FIRESTORE_NATIVE"`, `"FIRESTORE_NATIVELY"`, ""}.into(t, readFile(t, "terraform/modules/firestore/main.tf"))
		if err := os.WriteFile(filepath.Join(folder, "modules/firestore/main.tf"), []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := tf.check(t, filepath.Join(folder, "modules/firestore"), "validate"); err == nil || !strings.Contains(err.Error(), "FIRESTORE_NATIVELY") {
			t.Errorf("the provider says %v", err)
		}
	})
}

// TestRealImage: the command by which the image's program is built makes one that needs no library. No image is made: that wants Docker.
func TestRealImage(t *testing.T) {
	program := filepath.Join(t.TempDir(), "chat")
	command := strings.Replace(strings.Join(buildCommand(readFile(t, "Dockerfile")), " "), "-o /chat", "-o "+program, 1)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = root
	if out, errs, err := process.Finish(t, cmd); err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, out, errs)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 || file.Machine != elf.EM_X86_64 {
		t.Errorf("the program is for %s and needs %q, %v", file.Machine, libraries, err)
	}
}
