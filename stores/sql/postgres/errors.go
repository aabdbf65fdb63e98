package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/patchbay-go/patchbay/stores/sql"
)

// fate says what became of a statement that ended with an error. The codes are those of PostgreSQL's documentation, appendix A.
func fate(err error) sql.Fate {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fateOf(e)
	}
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	switch {
	case unconnected:
		if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) {
			return sql.Undone
		}
		return sql.Failed // a name that does not exist, TLS, a timeout that has used up its time
	case errors.Is(err, driver.ErrBadConn), pgconn.SafeToRetry(err):
		return sql.Undone
	case network, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return sql.Lost
	}
	return sql.Failed
}

func fateOf(e *pgconn.PgError) sql.Fate {
	switch e.Code {
	case "40001", "40P01", // serialization_failure, deadlock_detected: rolled back
		"57P03", "53300", // cannot_connect_now, too_many_connections
		"0A000": // feature_not_supported: a plan of before the table was changed, which the driver makes anew
		return sql.Undone
	case "57P01", "57P02", "57P04": // admin_shutdown, crash_shutdown, database_dropped: maybe after the commit
		return sql.Lost
	}
	if strings.HasPrefix(e.Code, "08") { // connection_exception
		return sql.Lost
	}
	return sql.Failed
}

// missing reports whether an error says that there is no such table.
func missing(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "42P01" // undefined_table
}

// explain adds to an error where it comes from and what to do, for people who start a program.
func (s *settings) explain(err error) error {
	if err == nil {
		return nil
	}
	where := fmt.Sprintf("PostgreSQL at %s:%d, database %q, user %q", s.conn.Host, s.conn.Port, s.conn.Database, s.conn.User)
	if advice := s.advice(err); advice != "" {
		return fmt.Errorf("%s: %s: %w", where, advice, err)
	}
	return fmt.Errorf("%s: %w", where, err)
}

func (s *settings) advice(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return s.adviceFor(e.Code)
	}
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case unknown:
		return "there is no such host: mend the URL"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing answers there: start the server, or mend host and port"
	case strings.Contains(err.Error(), "refused TLS"):
		return "the server speaks no TLS: configure it, or add sslmode=disable where nobody can listen in"
	}
	return ""
}

func (s *settings) adviceFor(code string) string {
	switch code {
	case "28P01", "28000": // invalid_password, invalid_authorization_specification
		return "the user or the password is refused: mend the URL or PGPASSWORD, or the server's pg_hba.conf"
	case "3D000": // invalid_catalog_name
		return fmt.Sprintf("there is no such database: make it with createdb %s", s.conn.Database)
	case "42501": // insufficient_privilege
		return fmt.Sprintf("the user may not do this: to make the table it wants GRANT USAGE, CREATE ON SCHEMA public TO %s, "+
			"and to use one SELECT, INSERT, UPDATE and DELETE on it, and SELECT on that of its migrations", s.conn.User)
	case "3F000": // invalid_schema_name
		return "there is no schema for the table: make it with CREATE SCHEMA, or mend search_path"
	case "53300": // too_many_connections
		return "it has no connection left: raise max_connections, lower pool_max_conns, or put a pooler before it"
	case "25006": // read_only_sql_transaction
		return "it is a standby: name the primary, or all of them with target_session_attrs=read-write"
	case "26000", "42P05": // invalid_sql_statement_name, duplicate_prepared_statement
		return "prepared statements are lost on the way: add default_query_exec_mode=exec, as a pooler wants it"
	}
	return ""
}
