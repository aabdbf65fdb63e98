package faults

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	health_pb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// dialHealth returns a client of gRPC's health service, and how often that has been asked.
func dialHealth(t *testing.T, p *Plan) (health_pb.HealthClient, *atomic.Int64) {
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
	conn, err := grpc.NewClient(listener.Addr().String(), append(p.Dial(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return health_pb.NewHealthClient(conn), &acted
}

func TestUnary(t *testing.T) {
	client, acted := dialHealth(t, always())
	wantOutcomes(t, func() outcome {
		before := acted.Load()
		answer, err := client.Check(t.Context(), &health_pb.HealthCheckRequest{})
		if err != nil {
			return outcome{status.Code(err).String(), acted.Load() - before}
		}
		return outcome{answer.GetStatus().String(), acted.Load() - before}
	},
		outcome{"Unavailable", 0}, outcome{"Unavailable", 1}, outcome{"ResourceExhausted", 0}, outcome{"Aborted", 0})
}

func TestStream(t *testing.T) {
	client, _ := dialHealth(t, always())
	first := func() string {
		stream, err := client.Watch(t.Context(), &health_pb.HealthCheckRequest{})
		if err != nil {
			return status.Code(err).String()
		}
		answer, err := stream.Recv()
		if err != nil {
			return status.Code(err).String()
		}
		if _, err := stream.Recv(); status.Code(err) != codes.Unavailable {
			t.Errorf("the second answer is %v, want a cut connection", err)
		}
		return answer.GetStatus().String() + ", then cut"
	}
	wantOutcomes(t, func() outcome { return outcome{first(), 0} },
		outcome{"Unavailable", 0}, outcome{"ResourceExhausted", 0}, outcome{"SERVING, then cut", 0})
}
