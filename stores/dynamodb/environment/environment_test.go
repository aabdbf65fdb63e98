package environment_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/stores/dynamodb/environment"
)

// TestConfig: settings come before the environment, and for an emulator what is missing is made up.
func TestConfig(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		settings    environment.Settings
		region      string
		key         string // empty: there are no credentials
	}{
		{"from the environment", keys("AKIA1", "eu-west-1"), environment.Settings{}, "eu-west-1", "AKIA1"},
		{"a region of its own", keys("AKIA1", "eu-west-1"), environment.Settings{Region: "us-west-2"}, "us-west-2", "AKIA1"},
		{"nothing is made up for AWS", keys("", ""), environment.Settings{}, "", ""},
		{"nor for another address of it", keys("", ""), environment.Settings{Endpoint: "https://vpce-1.dynamodb.example"}, "", ""},
		{"an emulator", keys("", ""), environment.Settings{Endpoint: "http://127.0.0.1:8000"}, "us-east-1", "emulator"},
		{"an emulator that asks", keys("AKIA2", "eu-west-1"), environment.Settings{Endpoint: "http://127.0.0.1:8000"}, "eu-west-1", "AKIA2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			cfg, err := environment.Config(t.Context(), test.settings)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Region != test.region {
				t.Errorf("region %q, want %q", cfg.Region, test.region)
			}
			if got := cfg.BaseEndpoint; (got == nil) != (test.settings.Endpoint == "") || (got != nil && *got != test.settings.Endpoint) {
				t.Errorf("endpoint %v, want %q", got, test.settings.Endpoint)
			}
			if got, err := cfg.Credentials.Retrieve(t.Context()); got.AccessKeyID != test.key || (err == nil) != (test.key != "") {
				t.Errorf("credentials of %q, %v; want %q", got.AccessKeyID, err, test.key)
			}
		})
	}
}

// keys are an environment with these settings and no others.
func keys(id, region string) map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": id, "AWS_SESSION_TOKEN": "", "AWS_REGION": region, "AWS_DEFAULT_REGION": "",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
	}
}
