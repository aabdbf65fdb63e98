package main

import (
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

//go:embed schemas/*.json.gz
var files embed.FS

// The form in which Terraform prints schemas.
type (
	printed struct {
		Provider    schema            `json:"provider"`
		Resources   map[string]schema `json:"resource_schemas"`
		DataSources map[string]schema `json:"data_source_schemas"`
	}
	schema struct {
		Version int64 `json:"version"`
		Block   block `json:"block"`
	}
	block struct {
		Attributes map[string]attribute `json:"attributes"`
		BlockTypes map[string]blockType `json:"block_types"`
	}
	attribute struct {
		Type      json.RawMessage `json:"type"`
		Required  bool            `json:"required"`
		Optional  bool            `json:"optional"`
		Computed  bool            `json:"computed"`
		Sensitive bool            `json:"sensitive"`
		WriteOnly bool            `json:"write_only"`
	}
	blockType struct {
		Block    block  `json:"block"`
		Nesting  string `json:"nesting_mode"`
		MinItems int64  `json:"min_items"`
		MaxItems int64  `json:"max_items"`
	}
)

// readSchemas reads the schemas of a provider by its name, aws or google.
func readSchemas(name string) (*tfprotov6.GetProviderSchemaResponse, error) {
	file, err := files.Open("schemas/" + name + ".json.gz")
	if err != nil {
		return nil, fmt.Errorf("there is no schema of a provider %q: %w", name, err)
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("read the schemas of %s: %w", name, err)
	}
	var all printed
	if err := json.NewDecoder(unzipped).Decode(&all); err != nil {
		return nil, fmt.Errorf("read the schemas of %s: %w", name, err)
	}
	answer := &tfprotov6.GetProviderSchemaResponse{}
	if answer.Provider, err = all.Provider.answer(); err != nil {
		return nil, fmt.Errorf("provider %s: %w", name, err)
	}
	if answer.ResourceSchemas, err = answers(all.Resources); err != nil {
		return nil, err
	}
	answer.DataSourceSchemas, err = answers(all.DataSources)
	return answer, err
}

func answers(all map[string]schema) (map[string]*tfprotov6.Schema, error) {
	found := map[string]*tfprotov6.Schema{}
	for name, s := range all {
		answer, err := s.answer()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found[name] = answer
	}
	return found, nil
}

func (s schema) answer() (*tfprotov6.Schema, error) {
	b, err := s.Block.answer()
	return &tfprotov6.Schema{Version: s.Version, Block: b}, err
}

// answer returns the block as the protocol has it.
func (b block) answer() (*tfprotov6.SchemaBlock, error) {
	answer := &tfprotov6.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a := b.Attributes[name]
		//lint:ignore SA1019 deprecated for providers, whose types are Go's
		t, err := tftypes.ParseJSONType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		answer.Attributes = append(answer.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: t, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(b.BlockTypes)) {
		t := b.BlockTypes[name]
		inner, err := t.Block.answer()
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", name, err)
		}
		answer.BlockTypes = append(answer.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nestings[t.Nesting], MinItems: t.MinItems, MaxItems: t.MaxItems,
		})
	}
	return answer, nil
}

var nestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
}
