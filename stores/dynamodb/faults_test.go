//go:build peers

package dynamodb_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/dynamodb"
)

// A fault is what becomes of a request.
type fault func(next sdk.HTTPClient, r *http.Request) (*http.Response, error)

var errReset error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// lost: the server acts, and the connection breaks before it answers.
func lost(next sdk.HTTPClient, r *http.Request) (*http.Response, error) {
	answer, err := next.Do(r)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	return nil, errors.Join(errReset, answer.Body.Close())
}

// cut: the answer breaks off in its middle.
func cut(next sdk.HTTPClient, r *http.Request) (*http.Response, error) {
	answer, err := next.Do(r)
	if err == nil {
		answer.Body = io.NopCloser(io.MultiReader(io.LimitReader(answer.Body, 5), failing{}))
		answer.Header.Del("X-Amz-Crc32")
	}
	return answer, err
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// failed: the server acts, and says that something went wrong.
func failed(next sdk.HTTPClient, r *http.Request) (*http.Response, error) {
	answer, err := next.Do(r)
	if err != nil {
		return nil, err
	}
	return answered(500, "InternalServerError"), answer.Body.Close()
}

// unsent: the connection breaks before the server has the request.
func unsent(sdk.HTTPClient, *http.Request) (*http.Response, error) { return nil, errReset }

// unreached: there is no connection.
func unreached(sdk.HTTPClient, *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// throttled: the server has too much to do, and says so.
func throttled(sdk.HTTPClient, *http.Request) (*http.Response, error) {
	return answered(400, "ProvisionedThroughputExceededException"), nil
}

func answered(status int, code string) *http.Response {
	body := `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"made up"}`
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// faulty returns a store whose first request has the fault; then meanwhile runs, and all else goes well.
func faulty(cfg aws.Config, f fault, meanwhile func()) *dynamodb.Store {
	requests := 0
	return dynamodb.New(through(cfg, func(next sdk.HTTPClient, r *http.Request) (*http.Response, error) {
		requests++
		if requests > 1 {
			return next.Do(r)
		}
		answer, err := f(next, r)
		if meanwhile != nil {
			meanwhile()
		}
		return answer, err
	}), table, nil)
}

// An outcome is what the caller of a write is told.
type outcome string

const (
	done     outcome = "it took place"
	conflict outcome = "it did not take place"
	unknown  outcome = "nobody knows"
)

func outcomeOf(err error) outcome {
	if err == nil {
		return done
	}
	if _, ok := errors.AsType[*core.ConflictError](err); ok {
		return conflict
	}
	return unknown
}

// TestAmbiguousWrites: what the caller of a write is told, when its first attempt went wrong and the SDK has made another, is true.
func TestAmbiguousWrites(t *testing.T) {
	tests := []struct {
		name  string
		verb  string
		fault fault
		other string // what somebody else does between the attempts
		want  outcome
	}{
		{"a create that was heard", "create", lost, "", done},
		{"whose answer broke off", "create", cut, "", done},
		{"or was an error", "create", failed, "", done},
		{"a create that was not", "create", unsent, "", done},
		{"a create that was heard and replaced", "create", lost, "put", unknown},
		{"a create that was heard and deleted", "create", lost, "delete", done}, // by the second attempt
		{"a create that came too late, perhaps", "create", unsent, "put", unknown},
		{"a create that came too late, surely", "create", unreached, "put", conflict},
		{"a throttled create that came too late", "create", throttled, "put", conflict},
		{"a throttled create", "create", throttled, "", done},

		{"a replace that was heard", "replace", lost, "", done},
		{"that was heard and replaced", "replace", lost, "put", unknown},
		{"that was heard and deleted", "replace", lost, "delete", unknown},
		{"a replace that was not heard", "replace", unsent, "", done},
		{"a replace that came too late, perhaps", "replace", unsent, "delete", unknown},
		{"a replace that came too late, surely", "replace", throttled, "put", conflict},

		{"a put that was heard", "put", lost, "", done},
		{"a delete that was heard", "delete", lost, "", unknown},
		{"a delete that was not", "delete", unsent, "", done},
		{"a delete that came too late, perhaps", "delete", unsent, "put", unknown},
		{"a delete that came too late, surely", "delete", throttled, "put", conflict},
		{"a delete of anything that was heard", "delete anything", lost, "", done},
	}
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		good := dynamodb.New(dynamodb.NewClient(cfg), table, nil)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				it := core.Item{Key: newKey(), Body: []byte("mine")}
				if test.verb != "create" {
					it = create(t, good, it)
				}
				s := faulty(cfg, test.fault, func() { interfere(t, good, it.Key, test.other) })
				version, err := write(t.Context(), s, test.verb, it)
				if got := outcomeOf(err); got != test.want {
					t.Fatalf("told that %s (%v), want that %s", got, err, test.want)
				}
				if there := stored(t, good, it.Key); version != 0 && (there == nil || there.Version != version) {
					t.Errorf("version %d was written, and %+v is there", version, there)
				}
			})
		}
	})
}

// interfere does what somebody else does.
func interfere(t *testing.T, s core.Store, key core.Key, what string) {
	t.Helper()
	var err error
	switch what {
	case "put":
		_, err = s.Put(t.Context(), core.Item{Key: key, Body: []byte("another's")})
	case "delete":
		err = s.Delete(t.Context(), key, 0)
	}
	if err != nil {
		t.Error(err)
	}
}

func write(ctx context.Context, s core.Store, verb string, it core.Item) (uint64, error) {
	switch verb {
	case "create":
		return s.Create(ctx, it)
	case "replace":
		return s.Replace(ctx, it)
	case "put":
		return s.Put(ctx, it)
	case "delete":
		return 0, s.Delete(ctx, it.Key, it.Version)
	}
	return 0, s.Delete(ctx, it.Key, 0)
}

// TestReplaceOfExpired: what has expired and is still the same was not replaced, whatever became of the first attempt.
func TestReplaceOfExpired(t *testing.T) {
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		good := dynamodb.New(dynamodb.NewClient(cfg), table, nil)
		it := create(t, good, core.Item{Key: newKey(), Expires: time.Now().Add(-time.Second)})
		for _, verb := range []string{"replace", "delete"} {
			_, err := write(t.Context(), faulty(cfg, unsent, nil), verb, it)
			if got := outcomeOf(err); got != conflict {
				t.Errorf("%s: told that %s (%v), want that %s", verb, got, err, conflict)
			}
		}
	})
}

// TestReadsAreTriedAgain: each kind of read gets over a lost answer and a throttled table.
func TestReadsAreTriedAgain(t *testing.T) {
	withEach(t, func(t *testing.T, cfg aws.Config) {
		t.Helper()
		it := create(t, dynamodb.New(dynamodb.NewClient(cfg), table, nil), core.Item{Key: newKey(), Body: []byte("x")})
		reads := map[string]func(s *dynamodb.Store) ([]core.Item, error){
			"Get":         func(s *dynamodb.Store) ([]core.Item, error) { return s.Get(t.Context(), it.Key) },
			"Get of many": func(s *dynamodb.Store) ([]core.Item, error) { return s.Get(t.Context(), it.Key, newKey(), it.Key) },
			"Range":       func(s *dynamodb.Store) ([]core.Item, error) { return s.Range(t.Context(), it.Partition, "", 0, 0) },
			"Last": func(s *dynamodb.Store) ([]core.Item, error) {
				last, err := s.Last(t.Context(), it.Partition)
				return []core.Item{last}, err
			},
		}
		for name, read := range reads {
			for _, f := range []fault{lost, cut, failed, unsent, unreached, throttled} {
				items, err := read(faulty(cfg, f, nil))
				if err != nil || len(items) != 1 || items[0].Version != it.Version || !bytes.Equal(items[0].Body, it.Body) {
					t.Errorf("%s = %+v, %v; want %+v", name, items, err, it)
				}
			}
		}
	})
}
