package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// root is the checkout's.
const root = "../.."

// An object is a mapping of the template. CloudFormation's tags are objects of one member, as they are in JSON: !Ref x is {"Ref": "x"}, and
// !Sub x is {"Fn::Sub": "x"}.
type object = map[string]any

// readTemplate reads a template of CloudFormation.
func readTemplate(text []byte) (object, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 {
		return nil, fmt.Errorf("%d documents, want one", len(document.Content))
	}
	value, err := valueOf(document.Content[0])
	if err != nil {
		return nil, err
	}
	top, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("the document is a %T, not an object", value)
	}
	return top, nil
}

// valueOf returns a node as objects, lists and scalars.
func valueOf(node *yaml.Node) (any, error) {
	value, err := untagged(node)
	name, isFunction := strings.CutPrefix(node.Tag, "!")
	switch {
	case err != nil || !isFunction || strings.HasPrefix(name, "!"):
		return value, err
	case name == "Ref" || name == "Condition":
		return object{name: value}, nil
	default:
		return object{"Fn::" + name: value}, nil
	}
}

func untagged(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.MappingNode:
		members := object{}
		for i := 0; i < len(node.Content); i += 2 {
			value, err := valueOf(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			members[node.Content[i].Value] = value
		}
		return members, nil
	case yaml.SequenceNode:
		var list []any
		for _, item := range node.Content {
			value, err := valueOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.ScalarNode:
		if strings.HasPrefix(node.Tag, "!!") {
			var value any
			err := node.Decode(&value)
			return value, err
		}
		return node.Value, nil
	default:
		return nil, fmt.Errorf("line %d: neither object nor list nor scalar", node.Line)
	}
}

// at returns what stands at a path of members, nil where nothing does.
func at(value any, path ...string) any {
	for _, name := range path {
		members, _ := value.(object)
		value = members[name]
	}
	return value
}

// resources are the resources of a type, by their names.
func resources(template object, kind string) object {
	found := object{}
	all, _ := template["Resources"].(object)
	for name, resource := range all {
		if at(resource, "Type") == kind {
			found[name] = resource
		}
	}
	return found
}

// list returns a list, and a single value as a list of one.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

// walk visits every object in a value.
func walk(value any, visit func(object)) {
	switch value := value.(type) {
	case object:
		visit(value)
		for _, member := range value {
			walk(member, visit)
		}
	case []any:
		for _, item := range value {
			walk(item, visit)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A mistake is an edit of a text: what stands there once becomes something else, and what is found out then holds these words.
type mistake struct{ name, old, put, want string }

// into returns the text with the mistake in it.
func (m mistake) into(t *testing.T, text string) string {
	t.Helper()
	if n := strings.Count(text, m.old); n != 1 {
		t.Fatalf("%s: %q stands %d times in the text, want once", m.name, m.old, n)
	}
	return strings.Replace(text, m.old, m.put, 1)
}
