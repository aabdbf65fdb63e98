package server

import (
	"log/slog"
	"time"
)

// log writes the line of the request. Bodies and credentials are never part of it. It is the cost of a short request, so the record
// goes to the handler without the caller's place in the source, which would always be this one.
func (x *exchange) log() {
	ctx, level := x.request.Context(), slog.LevelInfo
	if x.status >= 500 {
		level = slog.LevelError
	}
	if !x.door.log.Enabled(ctx, level) {
		return
	}
	now := time.Now()
	var room [16]slog.Attr
	attrs := x.trace.attributes(room[:0])
	attrs = append(attrs, slog.Int("in", x.body.n), slog.Int("out", x.out), slog.Int("status", x.status),
		slog.String("outcome", x.result()), slog.Duration("duration", now.Sub(x.start)))
	if x.err != nil {
		attrs = append(attrs, slog.Any("error", x.err))
	}
	record := slog.NewRecord(now, level, "request", 0)
	record.AddAttrs(attrs...)
	_ = x.door.log.Handle(ctx, record) // there is nowhere to log that logging has failed
}

// result says in a word how the request ended.
func (x *exchange) result() string {
	switch {
	case x.outcome != "":
		return x.outcome
	case x.trace.fault != "":
		return x.trace.fault
	case x.status >= 400:
		return "refused"
	}
	return "ok"
}

// logSocket writes the line of a socket when it has ended.
func (x *exchange) logSocket(s *socket) {
	ctx := x.request.Context()
	if !x.door.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	now := time.Now()
	record := slog.NewRecord(now, slog.LevelInfo, "socket", 0)
	record.AddAttrs(slog.Int64("units", s.units.Load()), slog.Int64("in", s.in.Load()), slog.Int64("out", s.out.Load()),
		slog.String("outcome", s.outcome), slog.Duration("duration", now.Sub(s.start)))
	if s.err != nil {
		record.AddAttrs(slog.Any("error", s.err))
	}
	_ = x.door.log.Handle(ctx, record)
}
