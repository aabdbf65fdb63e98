package runtime

import (
	"strconv"
	"strings"
)

// What a function is told of itself.
const (
	functionName  = "function"
	functionARN   = "arn:aws:lambda:us-east-1:123456789012:function:" + functionName
	defaultMemory = 128 // MB, as on Lambda
	variableRAM   = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
)

// environment is what a process finds in its environment: what Lambda sets, credentials that no one takes for real, and the user's own.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
func environment(own func(string) (string, bool), api, folder string, opts *Options) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + functionName,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		variableRAM + "=" + strconv.Itoa(defaultMemory),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + functionName,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"LAMBDA_TASK_ROOT=" + folder,
		"LAMBDA_RUNTIME_DIR=" + folder,
		"_HANDLER=bootstrap",
		"TZ=:UTC",
		"LANG=en_US.UTF-8",
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := own(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, opts.Env...) // of two of one name the later counts: see exec.Cmd
}

// configuredMemory is how many MB a process may take.
func (o *Options) configuredMemory() int {
	mb := defaultMemory
	for _, pair := range o.Env {
		if value, ok := strings.CutPrefix(pair, variableRAM+"="); ok {
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				mb = n
			}
		}
	}
	return mb
}
