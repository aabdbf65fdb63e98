package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// modeVariable has the test's own binary be a function: what it does is the variable's value.
const modeVariable = "TEST_FUNCTION"

func TestMain(m *testing.M) {
	switch os.Getenv(modeVariable) {
	case "":
		os.Exit(m.Run())
	case "serve":
		lambda.Start(handle)
	case "sigterm":
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { _, _ = os.Stdout.WriteString("flushed\n") }))
	case "exit":
		_, _ = os.Stdout.WriteString("no such table\n")
		os.Exit(3)
	case "panic at start":
		lambda.Start(func() { panic("never called") })
	case "hang":
		select {}
	}
}

// order is what the function under test is asked to do.
type order struct {
	Do    string
	Bytes int
	Path  string
	Sleep time.Duration
}

func handle(ctx context.Context, o order) (any, error) {
	switch o.Do {
	case "tell":
		return tell(ctx), nil
	case "fail":
		return nil, errors.New("cannot")
	case "panic":
		panic("out of order")
	case "exit":
		os.Exit(o.Bytes)
	case "sleep":
		time.Sleep(o.Sleep)
		return os.Getpid(), nil
	case "wait for file": // and say that one waits
		return "met", meet(ctx, o.Path)
	case "large":
		return strings.Repeat("x", o.Bytes-2), nil // two quotation marks
	case "stream":
		return &pieces{left: o.Bytes, path: o.Path}, nil
	case "stream and fail":
		return io.MultiReader(strings.NewReader("some"), failing{}), nil
	case "stream and hang":
		return io.MultiReader(strings.NewReader("some"), hanging{}), nil
	case "leave somebody behind": // who prints to the same place, in a group of his own
		cmd := exec.Command("sleep", "60")
		cmd.Stdout, cmd.SysProcAttr = os.Stdout, &syscall.SysProcAttr{Setsid: true}
		err := cmd.Start()
		return cmd.Process.Pid, err
	case "eat":
		eaten := make([]byte, o.Bytes)
		for i := range eaten {
			eaten[i] = byte(i)
		}
		return len(eaten), nil
	}
	return "?", nil
}

func tell(ctx context.Context) map[string]string {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	trace, _ := ctx.Value("x-amzn-trace-id").(string)
	wd, _ := os.Getwd()
	return map[string]string{
		"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "deadline": strconv.FormatInt(deadline.UnixMilli(), 10), "trace": trace,
		"pid": strconv.Itoa(os.Getpid()), "folder": wd, "user": os.Getenv("OWN"), "inherited": os.Getenv("NOT_FOR_FUNCTIONS"),
		"region": os.Getenv("AWS_REGION"), "memory": lambdaMemory(),
	}
}

func lambdaMemory() string { return strconv.Itoa(lambdacontext.MemoryLimitInMB) }

// meet returns when two invocations have called it with the same folder.
func meet(ctx context.Context, folder string) error {
	f, err := os.CreateTemp(folder, "here")
	if err != nil {
		return err
	}
	_ = f.Close()
	for ctx.Err() == nil {
		if found, _ := os.ReadDir(folder); len(found) >= 2 {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return ctx.Err()
}

// pieces is a stream of x, of which the second half waits for a file.
type pieces struct {
	left   int
	path   string
	halves int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.path != "" && p.halves == 1 {
		for {
			if _, err := os.Stat(p.path); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	p.halves++
	if p.left == 0 {
		return 0, io.EOF
	}
	n := min(len(b), p.left)
	if p.path != "" {
		n = min(n, 4)
	}
	for i := range n {
		b[i] = 'x'
	}
	p.left -= n
	return n, nil
}

func (*pieces) ContentType() string { return "text/plain" }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is full") }

type hanging struct{}

func (hanging) Read([]byte) (int, error) { select {} }

// event is an order as JSON.
func event(t *testing.T, o order) []byte {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
