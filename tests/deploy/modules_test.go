package deploy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// modules are the folders of terraform/ that have files of Terraform, roots included.
func modules(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"modules/*", "aws", "google"} {
		folders, err := filepath.Glob(filepath.Join(root, "terraform", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			relative, err := filepath.Rel(filepath.Join(root, "terraform"), folder)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, filepath.ToSlash(relative))
		}
	}
	if len(found) < 7 {
		t.Fatalf("found the modules %q, want five and two roots at least", found)
	}
	return found
}

// TestModules: each module has the files that people look for, and tests; providers are set up in roots alone, so that modules can be used by
// others; and no lock file is committed, since it would name providers that were built and not fetched.
func TestModules(t *testing.T) {
	for _, module := range modules(t) {
		folder := filepath.Join(root, "terraform", module)
		for _, name := range []string{"main.tf", "variables.tf", "outputs.tf", "versions.tf", filepath.Base(module) + ".tftest.hcl"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
				t.Errorf("%s: %v", module, err)
			}
		}
		if _, err := os.Stat(filepath.Join(folder, ".terraform.lock.hcl")); err == nil {
			t.Errorf("%s has a lock file", module)
		}
		if strings.HasPrefix(module, "modules/") && strings.Contains(readFile(t, "terraform/"+module+"/versions.tf"), "\nprovider ") {
			t.Errorf("%s sets a provider up", module)
		}
	}
}

// TestVariablesAreUsed: Terraform says nothing of a variable that changes nothing.
func TestVariablesAreUsed(t *testing.T) {
	for _, module := range modules(t) {
		text := ""
		for _, name := range []string{"main.tf", "outputs.tf", "versions.tf"} {
			text += readFile(t, "terraform/"+module+"/"+name)
		}
		for _, name := range found(`variable "(\w+)"`, readFile(t, "terraform/"+module+"/variables.tf")) {
			if !regexp.MustCompile(`\bvar\.` + name + `\b`).MatchString(text) {
				t.Errorf("nothing in %s uses the variable %s", module, name)
			}
		}
	}
}

// TestModulesKnowTheDrivers: keys, fields and rights are those that the drivers have.
func TestModulesKnowTheDrivers(t *testing.T) {
	dynamodb, table := constants(t, "stores/dynamodb/item.go"), readFile(t, "terraform/modules/store/main.tf")
	for setting, name := range map[string]any{"hash_key": dynamodb["partitionName"], "range_key": dynamodb["sortName"], "attribute_name": dynamodb["ttlName"]} {
		if got := settings(table, setting); !slices.Equal(got, []string{fmt.Sprint(name)}) {
			t.Errorf("%s of the table is %q, want %q", setting, got, name)
		}
	}
	rights := regexp.MustCompile(`dynamodb:\w+`).FindAllString(readFile(t, "terraform/modules/store/outputs.tf"), -1)
	slices.Sort(rights)
	if !slices.Equal(rights, verbs(t)) {
		t.Errorf("functions may %q, and the driver calls %q", rights, verbs(t))
	}
	firestore := constants(t, "stores/firestore/document.go")
	maps.DeleteFunc(firestore, func(name string, _ any) bool { return !strings.HasPrefix(name, "field") })
	fields := regexp.MustCompile(`fields = \[(.*)\]`).FindStringSubmatch(readFile(t, "terraform/modules/firestore/main.tf"))
	if len(fields) != 2 {
		t.Fatal("the module of Firestore names no fields")
	}
	got := regexp.MustCompile(`\w+`).FindAllString(fields[1], -1)
	for _, name := range firestore {
		if !slices.Contains(got, fmt.Sprint(name)) {
			t.Errorf("the field %q of a document has an index", name)
		}
	}
	if len(got) != len(firestore) {
		t.Errorf("the module has the fields %q, documents have %q", got, firestore)
	}
	if want := fmt.Sprintf("each.key == %q", firestore["fieldTTL"]); !strings.Contains(readFile(t, "terraform/modules/firestore/main.tf"), want) {
		t.Errorf("the TTL policy is not for the field %q", firestore["fieldTTL"])
	}
}

// settings are the texts that a setting has in a file of Terraform.
func settings(text, name string) []string {
	var found []string
	for _, match := range regexp.MustCompile(`(?m)^\s*`+name+`\s*=\s*"([^"]*)"`).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
