package postgres

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Few connections, since many small processes may share one server, and not for long.
const (
	defaultConns = 8
	defaultIdle  = time.Minute

	// longestLife lets connections find out that a name means another server by now.
	longestLife = 30 * time.Minute
)

// settings are what a URL says.
type settings struct {
	conn   *pgx.ConnConfig
	conns  int
	idle   time.Duration
	direct *settings // of the server itself, where these are of a pooler; else these
}

// parse reads a URL. Its errors do not show the password.
func parse(location string) (*settings, error) {
	conn, err := pgx.ParseConfig(location)
	if err != nil {
		return nil, err
	}
	s := &settings{conn: conn, conns: defaultConns, idle: defaultIdle}
	s.direct = s
	if address, ok := take(conn, "direct"); ok {
		if s.direct, err = parseDirect(location, address); err != nil {
			return nil, fmt.Errorf("direct=%q: write HOST:PORT: %w", address, err)
		}
	}
	if n, ok := take(conn, "pool_max_conns"); ok {
		if s.conns, err = strconv.Atoi(n); err != nil || s.conns < 1 {
			return nil, fmt.Errorf("pool_max_conns=%q: write a number above 0", n)
		}
	}
	if d, ok := take(conn, "pool_max_conn_idle_time"); ok {
		if s.idle, err = time.ParseDuration(d); err != nil || s.idle <= 0 {
			return nil, fmt.Errorf("pool_max_conn_idle_time=%q: write a duration such as 30s or 5m", d)
		}
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectWithin
	}
	if conn.RuntimeParams["application_name"] == "" {
		conn.RuntimeParams["application_name"] = "patchbay"
	}
	return s, nil
}

// parseDirect reads a URL as if it named another server.
func parseDirect(location, address string) (*settings, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("it is for URLs alone")
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, err
	}
	query := u.Query()
	query.Del("direct")
	u.Host, u.RawQuery = address, query.Encode()
	return parse(u.String())
}

// take removes a setting that is not the server's from those that it is told.
func take(conn *pgx.ConnConfig, name string) (value string, ok bool) {
	value, ok = conn.RuntimeParams[name]
	delete(conn.RuntimeParams, name)
	return value, ok
}

// open returns a pool of connections, which are made when they are used.
func (s *settings) open() *stdsql.DB {
	db := stdlib.OpenDB(*s.conn)
	db.SetMaxOpenConns(s.conns)
	db.SetMaxIdleConns(s.conns)
	db.SetConnMaxIdleTime(s.idle)
	db.SetConnMaxLifetime(longestLife)
	return db
}
