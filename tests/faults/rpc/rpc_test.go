package rpc_test

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	health_pb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/tests/faults"
	"github.com/patchbay-go/patchbay/tests/faults/rpc"
)

// dialHealth returns a client of gRPC's health service, and how often that has been asked.
func dialHealth(t *testing.T, p *faults.Plan) (health_pb.HealthClient, *atomic.Int64) {
	t.Helper()
	var acted atomic.Int64
	server := grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			acted.Add(1)
			return handle(ctx, request)
		}),
		grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			acted.Add(1)
			return handle(srv, s)
		}))
	health_pb.RegisterHealthServer(server, health.NewServer())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), append(rpc.Options(p), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return health_pb.NewHealthClient(conn), &acted
}

// An outcome is what a client sees of one call, and how often the server did what it was asked to.
type outcome struct {
	result string
	acted  int64
}

// wantOutcomes makes calls until each of these outcomes has been seen, and fails where there is another one.
func wantOutcomes(t *testing.T, call func() outcome, want ...outcome) {
	t.Helper()
	seen := map[outcome]bool{}
	for range 2000 {
		o := call()
		if !slices.Contains(want, o) {
			t.Fatalf("got %+v, want one of %+v", o, want)
		}
		if seen[o] = true; len(seen) == len(want) {
			return
		}
	}
	t.Errorf("saw %v, want all of %+v", seen, want)
}

func TestUnary(t *testing.T) {
	client, acted := dialHealth(t, faults.NewPlan(1))
	wantOutcomes(t, func() outcome {
		before := acted.Load()
		answer, err := client.Check(t.Context(), &health_pb.HealthCheckRequest{})
		if err != nil {
			return outcome{status.Code(err).String(), acted.Load() - before}
		}
		return outcome{answer.GetStatus().String(), acted.Load() - before}
	},
		outcome{"SERVING", 1}, outcome{"Unavailable", 0}, outcome{"Unavailable", 1}, outcome{"ResourceExhausted", 0}, outcome{"Aborted", 0})
}

func TestStream(t *testing.T) {
	client, _ := dialHealth(t, faults.NewPlan(1))
	wantOutcomes(t, func() outcome {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stream, err := client.Watch(ctx, &health_pb.HealthCheckRequest{})
		if err != nil {
			return outcome{result: status.Code(err).String()}
		}
		answer, err := stream.Recv()
		if err != nil {
			return outcome{result: status.Code(err).String()}
		}
		if !isCut(stream) {
			return outcome{result: "goes on"}
		}
		return outcome{result: answer.GetStatus().String() + ", then cut"}
	},
		outcome{result: "Unavailable"}, outcome{result: "ResourceExhausted"}, outcome{result: "SERVING, then cut"}, outcome{result: "goes on"})
}

// isCut reports whether no second answer is waited for.
func isCut(stream grpc.ServerStreamingClient[health_pb.HealthCheckResponse]) bool {
	cut := make(chan bool, 1)
	go func() {
		_, err := stream.Recv()
		cut <- status.Code(err) == codes.Unavailable
	}()
	select {
	case is := <-cut:
		return is
	case <-time.After(50 * time.Millisecond): // nothing more is to come
		return false
	}
}
