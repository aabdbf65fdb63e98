// Command provider stands in for Terraform's providers of AWS and Google where nothing is made: it has their schemas and does nothing. So
// "terraform validate" finds misspelt and missing arguments, blocks, references and wrong types, and "terraform test" with mock_provider
// runs, in a second, without credentials and without the real ones, which take minutes to build and gigabytes to hold. What it cannot find
// are values that the real providers refuse: enums, ranges, documents.
//
// Which of them it is, its file's name says, terraform-provider-NAME_vVERSION, as it stands in a mirror of Terraform's registry.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	file := strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-")
	name, _, _ := strings.Cut(file, "_")
	schemas, err := readSchemas(name)
	if err != nil {
		return err
	}
	return tf6server.Serve("registry.terraform.io/hashicorp/"+name, func() tfprotov6.ProviderServer { return &provider{schemas: schemas} })
}

// A provider answers what Terraform asks of one whose resources are mocked. The rest of the interface is nil: to ask for it is a mistake of
// a test, such as one without mock_provider, and ends the process.
type provider struct {
	tfprotov6.ProviderServer

	schemas *tfprotov6.GetProviderSchemaResponse
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return p.schemas, nil
}

func (*provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (*provider) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (*provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (*provider) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (*provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}
