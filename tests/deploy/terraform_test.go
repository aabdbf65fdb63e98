//go:build peers

package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// A terraform is Terraform with providers that make nothing.
type terraform struct {
	program string
	config  string // the file that tells it where providers are
}

func findTerraform(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatalf("Terraform is missing, version 1.11 or later: https://developer.hashicorp.com/terraform/install says how to get it: %v", err)
	}
	return program
}

// newTerraform finds Terraform, and builds the provider into a mirror of the registry, once by each name.
func newTerraform(t *testing.T) *terraform {
	t.Helper()
	program, mirror := findTerraform(t), t.TempDir()
	provider := filepath.Join(mirror, "provider")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", provider, ".")
	build.Dir = "provider"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, errs, err := process.Finish(t, build); err != nil {
		t.Fatalf("%s: %v\n%s%s", build, err, out, errs)
	}
	for name, version := range map[string]string{"aws": "6.48.0", "google": "8.0.0"} {
		place := filepath.Join(mirror, "registry.terraform.io", "hashicorp", name, version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(provider, filepath.Join(place, "terraform-provider-"+name+"_v"+version)); err != nil {
			t.Fatal(err)
		}
	}
	return &terraform{program: program, config: mirrorConfig(t, mirror)}
}

// mirrorConfig writes the file that has Terraform take providers from a mirror of the registry, and from nowhere else.
func mirrorConfig(t *testing.T, mirror string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terraform.rc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path    = %q\n    include = [\"registry.terraform.io/*/*\"]\n  }\n}\n", mirror)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs Terraform in a folder and returns what it prints.
func (tf *terraform) run(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tf.program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+tf.config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_ARGS=-no-color")
	out, errs, err := process.Finish(t, cmd)
	// Lines are broken for people, behind a bar that belongs to no word.
	return strings.Join(strings.Fields(strings.ReplaceAll(string(out)+string(errs), "│", " ")), " "), err
}

// check makes a module ready and then does what these commands of Terraform do. It returns what is printed by the one that fails.
func (tf *terraform) check(t *testing.T, folder string, commands ...string) error {
	t.Helper()
	if out, err := tf.run(t, folder, "init", "-backend=false", "-input=false"); err != nil {
		return fmt.Errorf("terraform init: %w: %s", err, out)
	}
	for _, command := range commands {
		if out, err := tf.run(t, folder, command); err != nil {
			return fmt.Errorf("terraform %s: %w: %s", command, err, out)
		}
	}
	return nil
}

// sources are a copy of terraform/, since Terraform writes into the folders that it works in.
func sources(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(root, "terraform"))); err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestTerraform: modules are formatted, valid by the providers' schemas, and do what their tests say; and each of the mistakes is found.
func TestTerraform(t *testing.T) {
	tf := newTerraform(t)
	t.Run("format", func(t *testing.T) {
		if out, err := tf.run(t, filepath.Join(root, "terraform"), "fmt", "-check", "-diff", "-recursive"); err != nil {
			t.Errorf("terraform fmt: %v: %s", err, out)
		}
	})
	folder := sources(t)
	for _, module := range modules(t) {
		t.Run(module, func(t *testing.T) {
			if err := tf.check(t, filepath.Join(folder, module), "validate", "test"); err != nil {
				t.Error(err)
			}
		})
	}
	for _, m := range moduleMistakes {
		t.Run("mistake/"+m.name, func(t *testing.T) {
			folder := sources(t)
			file := filepath.Join(folder, filepath.FromSlash(m.file))
			if err := os.WriteFile(file, []byte(m.into(t, readFile(t, "terraform/"+m.file))), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := tf.check(t, filepath.Dir(file), m.by); err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("Terraform says %v, want %q", err, m.want)
			}
		})
	}
}

// moduleMistakes are those that Terraform finds, by the schemas or by the modules' own tests.
var moduleMistakes = []struct {
	by, file string
	mistake
}{
	{"validate", "modules/store/main.tf", mistake{"misspelt argument", "billing_mode ", "biling_mode ", `argument named "biling_mode" is not expected here`}},
	{"validate", "modules/lambda/main.tf", mistake{"missing argument", "  role                           = aws_iam_role.this.arn\n", "", `The argument "role" is required`}},
	{"validate", "modules/cloudrun/main.tf", mistake{"misspelt block", "startup_probe {", "start_probe {", `Blocks of type "start_probe" are not expected here`}},
	{"validate", "modules/httpapi/main.tf", mistake{"missing block", "  domain_name_configuration {\n    certificate_arn = var.certificate_arn\n    endpoint_type   = \"REGIONAL\"\n    security_policy = \"TLS_1_2\"\n  }\n", "", "Insufficient domain_name_configuration blocks"}},
	{"validate", "modules/websocket/main.tf", mistake{"wrong reference", "target    = \"integrations/${aws_apigatewayv2_integration.this.id}\"", "target    = \"integrations/${aws_apigatewayv2_integration.that.id}\"", `"aws_apigatewayv2_integration" "that" has not been declared`}},
	{"test", "modules/websocket/outputs.tf", mistake{"attribute that is not there", "aws_apigatewayv2_domain_name.this[*].domain_name_configuration[0].target_domain_name", "aws_apigatewayv2_domain_name.this[*].domain_name_configuration[0].target", "Unsupported attribute"}},
	{"validate", "modules/ingest/main.tf", mistake{"wrong type", `function_response_types = ["ReportBatchItemFailures"]`, `function_response_types = { type = "ReportBatchItemFailures" }`, "Inappropriate value for attribute"}},
	{"validate", "modules/pubsub/main.tf", mistake{"kind of resource that is not there", `resource "google_pubsub_topic" "this" {`, `resource "google_pubsub_theme" "this" {`, "does not support resource type"}},
	{"validate", "aws/main.tf", mistake{"argument that a module lacks", "  destinations    = var.ingest\n", "  topics          = var.ingest\n", `argument named "topics" is not expected here`}},
	{"test", "google/main.tf", mistake{"output that a module lacks", "module.pubsub.member", "module.pubsub.members", "Unsupported attribute"}},

	{"test", "modules/store/main.tf", mistake{"time to live of another attribute", `attribute_name = "ttl"`, `attribute_name = "expires"`, "What has expired is kept for ever."}},
	{"test", "modules/lambda/main.tf", mistake{"mode that is not the URL's", "{ PATCHBAY_RESPONSE_MODE = var.response_mode }", `{ PATCHBAY_RESPONSE_MODE = "BUFFERED" }`, "not told how its URL invokes it"}},
	{"test", "modules/lambda/main.tf", mistake{"one grant for the URL", "  invoked_via_function_url = true\n", "", "invoked_via_function_url"}},
	{"test", "modules/websocket/main.tf", mistake{"no route response", `each.key == "$default" ? "$default" : null`, "null", "What the function answers to a frame is lost."}},
	{"test", "modules/ingest/main.tf", mistake{"whole batches again", "  function_response_types = [\"ReportBatchItemFailures\"]\n", "", "function_response_types"}},
	{"test", "modules/cloudrun/main.tf", mistake{"any database", `databases/${var.database}`, `databases/`, "The service may use other databases, or not its own."}},
	{"test", "modules/cloudrun/main.tf", mistake{"CPU for nobody", "cpu_idle          = true", "cpu_idle          = false", "Instances are paid for while nobody calls."}},
	{"test", "modules/firestore/main.tf", mistake{"field with an index", `["body", "mark", "expires", "ttl"]`, `["body", "mark", "ttl"]`, "Some field has an index."}},
	{"test", "modules/pubsub/main.tf", mistake{"poison for ever", "google_pubsub_topic.dead[each.key].id\n    max", "google_pubsub_topic.this[each.key].id\n    max", "Messages that cannot be published come again for ever."}},
	{"test", "modules/pubsub/main.tf", mistake{"impatience", "max_delivery_attempts = 20", "max_delivery_attempts = 5", "makes dead letters of everything"}},
	{"test", "google/main.tf", mistake{"pushes of nobody", "PATCHBAY_PUSH_AUDIENCE = local.audience", `PATCHBAY_PUSH_AUDIENCE = ""`, "not told whose pushes to believe"}},
}
