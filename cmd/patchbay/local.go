package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/patchbay-go/patchbay/local"
)

// localFlags are the settings of the local command.
type localFlags struct {
	bootstrap, runtime                                string
	env, variables                                    []string
	rest, http, url, alb, ws, sqs, pubsub, invocation string
	stage                                             string
	stream, albMulti, trustAuthorizer                 bool
	webSocket                                         webSocketFlags
	concurrency                                       int
	timeout, visibility                               time.Duration
	memoryCheck                                       bool
	faults                                            local.Probabilities
	seed                                              uint64
	logFormat                                         string
	logLevel                                          slog.Level
}

func newLocal(t terminal) *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "local (--bootstrap PATH | --runtime ADDR) --rest|--http|--url|--alb|--ws|--sqs|--pubsub|--invoke ADDR ...",
		Short: "Run a Lambda function on this machine, behind front doors like those of AWS",
		Long: "Run a Lambda function on this machine, in any language, behind front doors that make the events of AWS: REST, HTTP and\n" +
			"WebSocket APIs, Function URLs, load balancers, SQS, and Pub/Sub. What the function prints goes to standard error.\n\n" +
			"--bootstrap names the program that would be deployed, or the folder that it is in. It speaks Lambda's Runtime API, as\n" +
			"whatever is built with one of AWS's libraries does. With --runtime the function is started by somebody else, such as a\n" +
			"debugger, with AWS_LAMBDA_RUNTIME_API=ADDR in its environment.\n\n" +
			"The line \"ready rest=HOST:PORT ...\" on standard output says that clients may come. Addresses are HOST:PORT; :PORT means\n" +
			"127.0.0.1:PORT, and port 0 picks one. SIGTERM or Ctrl-C ends everything.",
		Example: "  patchbay local --bootstrap ./bootstrap --http :3000\n" +
			"  patchbay local --bootstrap ./bootstrap --ws :3001 --env TABLE=chat --env AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000\n" +
			"  patchbay local --runtime :9001 --rest :3000 --stage prod",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), t) },
	}
	f.define(cmd.Flags())
	return cmd
}

func (f *localFlags) define(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&f.bootstrap, "bootstrap", "", "the function: a program, or the folder in which it is called bootstrap")
	flags.StringVar(&f.runtime, "runtime", "", "offer the Runtime API at this address to a function that is started elsewhere")
	flags.StringArrayVar(&f.env, "env", nil, "NAME=VALUE for the function's environment, or NAME to pass on one's own; of that it gets no more\n"+
		"than PATH, HOME and TMPDIR otherwise")
	flags.StringVar(&f.rest, "rest", "", "address of a REST API (payload 1.0, binary media types */*)")
	flags.StringVar(&f.http, "http", "", "address of an HTTP API (payload 2.0, route $default)")
	flags.StringVar(&f.url, "url", "", "address of a Function URL")
	flags.StringVar(&f.alb, "alb", "", "address of an Application Load Balancer")
	flags.StringVar(&f.ws, "ws", "", "address of a WebSocket API and its @connections, of which the function is told in\n"+
		"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")
	flags.StringVar(&f.sqs, "sqs", "", "address of SQS queues that the function consumes: POST /QUEUE, or an AWS SDK's SendMessage")
	flags.StringVar(&f.pubsub, "pubsub", "", "address of Pub/Sub topics: pushed to the endpoints that subscribe, else events for the function")
	flags.StringVar(&f.invocation, "invoke", "", "address of Lambda's Invoke API, for all other events: POST one to /")
	flags.StringVar(&f.stage, "stage", "", "stage of the REST, HTTP and WebSocket APIs, which answer below /NAME/ then; without one, at /")
	flags.StringArrayVar(&f.variables, "stage-variable", nil, "NAME=VALUE in the events of these APIs")
	flags.BoolVar(&f.stream, "stream", false, "the function streams its answers: REST APIs and Function URLs pass them on as they come")
	flags.BoolVar(&f.albMulti, "alb-multi-value", false, "the load balancer writes and reads multiValueHeaders")
	flags.BoolVar(&f.trustAuthorizer, "trust-authorizer", false, "take requestContext.authorizer of events from the request header Patchbay-Local-Authorizer, as JSON")
	f.webSocket.define(flags)
	flags.IntVar(&f.concurrency, "concurrency", 10, "how many processes of the function there may be; they start when they are needed")
	flags.DurationVar(&f.timeout, "timeout", 29*time.Second, "how long an invocation may take before its process is killed")
	flags.DurationVar(&f.visibility, "visibility", 30*time.Second, "how long an SQS message is hidden while the function has it, and after a failure")
	flags.BoolVar(&f.memoryCheck, "memory-check", false, "report the memory that each process takes, against --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE (128)")
	flags.Float64Var(&f.faults.Kill, "kill", 0, "probability that a process is killed at a random moment of an invocation")
	flags.Float64Var(&f.faults.Reorder, "reorder", 0, "probability that a WebSocket frame is handed on behind the next")
	flags.Float64Var(&f.faults.DropDisconnect, "drop-disconnect", 0, "probability that the function is not told of a WebSocket's end")
	flags.Float64Var(&f.faults.Throttle, "throttle", 0, "probability that a request is refused with 429")
	flags.Uint64Var(&f.seed, "seed", 1, "what the faults are drawn from: one seed, one sequence")
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json")
	flags.TextVar(&f.logLevel, "log-level", slog.LevelInfo, "debug, info (a line per invocation), warn or error")
}

func (f *localFlags) run(ctx context.Context, t terminal) error {
	if err := f.check(); err != nil {
		return wrongUse(err)
	}
	env, err := pairs("--env", f.env, t.env)
	if err != nil {
		return wrongUse(err)
	}
	logger, err := newLogger(t.err, f.logFormat, f.logLevel)
	if err != nil {
		return err
	}
	p := &platform{flags: f, logger: logger, output: t.err}
	defer p.close()
	if err := p.open(env); err != nil {
		return err
	}
	p.announce(t.out)
	return p.serve(ctx)
}

// check tells what does not fit together.
func (f *localFlags) check() error {
	switch {
	case (f.bootstrap == "") == (f.runtime == ""):
		return errors.New("give either --bootstrap, a program to run, or --runtime, an address to offer the Runtime API at")
	case f.rest+f.http+f.url+f.alb+f.ws+f.sqs+f.pubsub+f.invocation == "":
		return errors.New("no front door is open, so nobody could call the function: give at least one, such as --http :3000")
	case f.concurrency < 1:
		return fmt.Errorf("--concurrency %d: want at least 1", f.concurrency)
	case f.timeout <= 0 || f.timeout > 15*time.Minute:
		return fmt.Errorf("--timeout %s: want more than none, and no more than Lambda's 15m", f.timeout)
	case f.visibility <= 0:
		return fmt.Errorf("--visibility %s: want more than none", f.visibility)
	case strings.ContainsAny(f.stage, "/ "):
		return fmt.Errorf("--stage %q: a stage has neither slashes nor blanks in its name", f.stage)
	}
	for name, p := range map[string]float64{
		"kill": f.faults.Kill, "reorder": f.faults.Reorder, "drop-disconnect": f.faults.DropDisconnect, "throttle": f.faults.Throttle,
	} {
		if !(p >= 0 && p <= 1) { // NaN as well
			return fmt.Errorf("--%s %v: a probability is between 0 and 1", name, p)
		}
	}
	if err := f.webSocket.check(); err != nil {
		return err
	}
	if f.bootstrap == "" {
		return nil
	}
	program, err := findProgram("--bootstrap", f.bootstrap)
	f.bootstrap = program
	return err
}

// findProgram returns the program at a path, or in the folder that it names, as Lambda looks for it in what is deployed.
func findProgram(flag, path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		path = filepath.Join(path, "bootstrap")
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: there is no %s: build the function first", flag, path)
	case err != nil:
		return "", fmt.Errorf("%s: %w", flag, err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "", fmt.Errorf("%s: %s is no program: chmod +x makes one of a script", flag, path)
	}
	return path, nil
}

// pairs returns NAME=VALUE texts. What has no value is looked up in one's own environment, and left out where it is not there.
func pairs(flag string, texts []string, own func(string) (string, bool)) ([]string, error) {
	var all []string
	for _, text := range texts {
		name, _, given := strings.Cut(text, "=")
		if name == "" {
			return nil, fmt.Errorf("%s %q: want NAME=VALUE", flag, text)
		}
		if !given {
			value, ok := own(name)
			if !ok {
				continue
			}
			text = name + "=" + value
		}
		all = append(all, text)
	}
	return all, nil
}
