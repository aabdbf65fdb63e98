package deploy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkTable: its keys and time to live are those of the driver, and it outlives the stack.
func checkTable(t *testing.T, template object) []string {
	t.Helper()
	named := constants(t, "stores/dynamodb/item.go")
	table := resources(template, "AWS::DynamoDB::Table")["Table"]
	var wrong []string
	for _, want := range []struct {
		path  []string
		value any
	}{
		{[]string{"DeletionPolicy"}, "Retain"},
		{[]string{"UpdateReplacePolicy"}, "Retain"},
		{[]string{"Properties", "BillingMode"}, "PAY_PER_REQUEST"},
		{[]string{"Properties", "AttributeDefinitions"}, []any{
			object{"AttributeName": named["partitionName"], "AttributeType": "S"}, object{"AttributeName": named["sortName"], "AttributeType": "S"},
		}},
		{[]string{"Properties", "KeySchema"}, []any{
			object{"AttributeName": named["partitionName"], "KeyType": "HASH"}, object{"AttributeName": named["sortName"], "KeyType": "RANGE"},
		}},
		{[]string{"Properties", "TimeToLiveSpecification"}, object{"AttributeName": named["ttlName"], "Enabled": true}},
		{[]string{"Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"}, true},
		{[]string{"Properties", "SSESpecification", "SSEEnabled"}, true},
	} {
		if got := at(table, want.path...); !cmp.Equal(got, want.value) {
			wrong = append(wrong, fmt.Sprintf("%s of the table is %v, want %v", strings.Join(want.path, "."), got, want.value))
		}
	}
	return wrong
}

// constants are the text constants of a Go file, by their names.
func constants(t *testing.T, name string) map[string]any {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]any{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			found[spec.Names[0].Name], _ = strconv.Unquote(literal.Value)
		}
		return true
	})
	if len(found) == 0 {
		t.Fatalf("%s has no text constants", name)
	}
	return found
}

// verbs are the calls that the driver makes of DynamoDB's client in its work: Check and CreateTable, which functions do not call, aside.
func verbs(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"read.go", "query.go", "write.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "stores/dynamodb", name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if client, ok := call.X.(*ast.SelectorExpr); ok && client.Sel.Name == "client" {
				found = append(found, "dynamodb:"+call.Sel.Name)
			}
			return true
		})
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// checkRights: a function may do what the driver does, on this table, and post to this API's connections; nothing is granted by a star but
// traces, for which AWS knows nothing else.
func checkRights(t *testing.T, template object) []string {
	t.Helper()
	var wrong []string
	on := map[string][]any{} // the resources of each action
	for _, statement := range statements(template) {
		for _, action := range list(statement["Action"]) {
			name, _ := action.(string)
			if strings.Contains(name, "*") {
				wrong = append(wrong, "a function may do "+name)
			}
			on[name] = append(on[name], list(statement["Resource"])...)
		}
		if !strings.HasPrefix(fmt.Sprint(list(statement["Action"])...), "xray:") && slices.Contains(list(statement["Resource"]), any("*")) {
			wrong = append(wrong, fmt.Sprintf("a function may do %v to everything", statement["Action"]))
		}
	}
	var may []string
	for name, resources := range on {
		if !strings.HasPrefix(name, "dynamodb:") {
			continue
		}
		may = append(may, name)
		if !cmp.Equal(resources, []any{object{"Fn::GetAtt": "Table.Arn"}}) {
			wrong = append(wrong, fmt.Sprintf("%s is for %v, want the table alone", name, resources))
		}
	}
	slices.Sort(may)
	if diff := cmp.Diff(verbs(t), may); diff != "" {
		wrong = append(wrong, "the store's rights are not what the driver calls (-driver +template): "+diff)
	}
	return append(wrong, checkManageConnections(on["execute-api:ManageConnections"])...)
}

func checkManageConnections(got []any) []string {
	var want []any
	for _, verb := range []string{"POST", "GET", "DELETE"} {
		want = append(want, object{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/${Stage}/" + verb + "/@connections/*"})
	}
	if !cmp.Equal(got, want) {
		return []string{fmt.Sprintf("execute-api:ManageConnections is for %v, want %v", got, want)}
	}
	return nil
}

// statements are those of all policies of roles, trust aside.
func statements(template object) []object {
	var found []object
	collect := func(policy any) {
		walk(policy, func(o object) {
			for _, statement := range list(o["Statement"]) {
				if s, ok := statement.(object); ok {
					found = append(found, s)
				}
			}
		})
	}
	for _, policy := range resources(template, "AWS::IAM::ManagedPolicy") {
		collect(at(policy, "Properties", "PolicyDocument"))
	}
	for _, role := range resources(template, "AWS::IAM::Role") {
		collect(at(role, "Properties", "Policies"))
	}
	return found
}
