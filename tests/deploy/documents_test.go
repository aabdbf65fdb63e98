package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocuments: what the documents tell people to type names parameters, variables, resources and outputs that are there.
func TestDocuments(t *testing.T) {
	aws, google := readFile(t, "docs/deploy-aws.md"), readFile(t, "docs/deploy-google.md")
	for _, wrong := range append(checkSAMCommands(t, aws), append(checkTerraformCommands(t, "aws", aws), checkTerraformCommands(t, "google", google)...)...) {
		t.Error(wrong)
	}
}

func TestDocumentMistakes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"parameter", "sam deploy --parameter-overrides Stage=x Retention=14", "Retention"},
		{"output", "Outputs: `HttpApiUrl`, `HttpUrl`.", "HttpUrl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if found := fmt.Sprint(checkSAMCommands(t, test.text)); !strings.Contains(found, test.want) {
				t.Errorf("found %s, want something with %q", found, test.want)
			}
		})
	}
	for _, test := range []struct{ name, text, want string }{
		{"variable of the command line", "terraform apply -var 'origins=[]'", "origins"},
		{"variable of the file", "terraform.tfvars <<END\nprojekt = \"PROJECT\"\nEND\n", "projekt"},
		{"output", "terraform output -raw http_url", "http_url"},
		{"resource", "terraform state rm module.store.aws_dynamodb_table.table", "aws_dynamodb_table.table"},
		{"module", "terraform state rm module.table", "module.table"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if found := fmt.Sprint(checkTerraformCommands(t, "aws", test.text)); !strings.Contains(found, test.want) {
				t.Errorf("found %s, want something with %q", found, test.want)
			}
		})
	}
}

// checkSAMCommands returns what a document says of the template that is not so.
func checkSAMCommands(t *testing.T, text string) []string {
	t.Helper()
	template, err := readTemplate([]byte(readFile(t, "template.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	for _, overrides := range regexp.MustCompile(`--parameter-overrides ([^\n]*)`).FindAllStringSubmatch(text, -1) {
		for _, name := range found(`(\w+)=`, overrides[1]) {
			if at(template, "Parameters", name) == nil {
				wrong = append(wrong, "the template has no parameter "+name)
			}
		}
	}
	if list := regexp.MustCompile(`Outputs: [^\n]*`).FindString(text); list != "" {
		for _, name := range found("`([A-Za-z]+)`", list) {
			if at(template, "Outputs", name) == nil {
				wrong = append(wrong, "the template has no output "+name)
			}
		}
	}
	return wrong
}

// checkTerraformCommands returns what a document says of a root module that is not so.
func checkTerraformCommands(t *testing.T, module, text string) []string {
	t.Helper()
	var wrong []string
	variables := found(`variable "(\w+)"`, readFile(t, "terraform/"+module+"/variables.tf"))
	used := found(`-var '?(\w+)=`, text)
	for _, file := range found(`(?s)terraform\.tfvars <<END\n(.*?)END\n`, text) {
		used = append(used, found(`(?m)^(\w+) *=`, file)...)
	}
	for _, name := range used {
		if !slices.Contains(variables, name) {
			wrong = append(wrong, module+" has no variable "+name)
		}
	}
	outputs := found(`output "(\w+)"`, readFile(t, "terraform/"+module+"/outputs.tf"))
	for _, name := range found(`output -raw (\w+)`, text) {
		if !slices.Contains(outputs, name) {
			wrong = append(wrong, module+" has no output "+name)
		}
	}
	return append(wrong, checkAddresses(t, module, text)...)
}

// checkAddresses looks for the resources that commands name, in the root module and in those that it calls.
func checkAddresses(t *testing.T, module, text string) []string {
	t.Helper()
	var wrong []string
	main := readFile(t, "terraform/"+module+"/main.tf")
	for _, match := range regexp.MustCompile(`(?:-target=|state rm |import (?:-var \S+ )?)(?:module\.(\w+)\.?)?(?:(\w+)\.(\w+))?`).FindAllStringSubmatch(text, -1) {
		called, kind, name, within := match[1], match[2], match[3], main
		if called != "" {
			source := regexp.MustCompile(`(?s)module "` + called + `" \{\s*source\s*=\s*"\.\./([^"]+)"`).FindStringSubmatch(main)
			if source == nil {
				wrong = append(wrong, fmt.Sprintf("%s has no module.%s", module, called))
				continue
			}
			within = readFile(t, "terraform/"+source[1]+"/main.tf")
		}
		if kind != "" && !strings.Contains(within, fmt.Sprintf("resource %q %q", kind, name)) {
			wrong = append(wrong, fmt.Sprintf("%s has no %s.%s", module, kind, name))
		}
	}
	return wrong
}

// found are the first groups of an expression's matches.
func found(expression, text string) []string {
	var all []string
	for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}
