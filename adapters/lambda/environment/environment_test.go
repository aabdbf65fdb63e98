package environment_test

import (
	"maps"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/lambda/environment"
)

// TestConfig: all is as the environment says; for an emulator what is missing is made up, and for AWS nothing is.
func TestConfig(t *testing.T) {
	function := map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s"}
	with := func(name, v string) map[string]string {
		all := map[string]string{name: v}
		maps.Copy(all, function)
		return all
	}
	tests := []struct {
		name        string
		environment map[string]string
		region      string // empty: an error
		endpoint    string // empty: AWS's own
		key         string // empty: there are no credentials
	}{
		{"a function", function, "eu-west-1", "", "AKIA1"},
		{"an endpoint of this service", with("AWS_ENDPOINT_URL_DYNAMODB", "https://vpce.example"), "eu-west-1", "https://vpce.example", "AKIA1"},
		{"an endpoint of all", with("AWS_ENDPOINT_URL", "https://all.example"), "eu-west-1", "https://all.example", "AKIA1"},
		{"an endpoint of another", with("AWS_ENDPOINT_URL_SQS", "https://sqs.example"), "eu-west-1", "", "AKIA1"},
		{"an emulator", map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"}, "us-east-1", "http://127.0.0.1:8000", "emulator"},
		{"no credentials", map[string]string{"AWS_REGION": "eu-west-1"}, "eu-west-1", "", ""},
		{"nothing", nil, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"} {
				t.Setenv(name, test.environment[name])
			}
			cfg, err := environment.Config("DYNAMODB")
			if (err == nil) != (test.region != "") || cfg.Region != test.region {
				t.Fatalf("region %q, %v; want %q", cfg.Region, err, test.region)
			}
			if err != nil {
				return
			}
			if got := cfg.BaseEndpoint; (got == nil) != (test.endpoint == "") || (got != nil && *got != test.endpoint) {
				t.Errorf("endpoint %v, want %q", got, test.endpoint)
			}
			if got, err := cfg.Credentials.Retrieve(t.Context()); got.AccessKeyID != test.key || (err == nil) != (test.key != "") {
				t.Errorf("credentials of %q, %v; want %q", got.AccessKeyID, err, test.key)
			}
		})
	}
}
