package sql

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate makes the store's table, or brings that of an older program up to date. Any number of programs may do so at once. A table that is
// up to date costs one statement.
func (s *Store) Migrate(ctx context.Context) error {
	migrations, newest, err := s.migrations()
	if err != nil {
		return err
	}
	present, err := s.schemaVersion(ctx)
	switch {
	case err != nil && !s.db.Missing(err):
		return err
	case err == nil && present >= newest:
		return s.notNewer(present, newest)
	}
	return s.migrateBesideOthers(ctx, migrations, newest)
}

// migrateBesideOthers runs what is missing, again where that went wrong and another program may have been the reason: SQLite has no lock for
// all of it, as PostgreSQL has, so two programs may both find that there is no table. Each migration is done as a whole or not at all.
func (s *Store) migrateBesideOthers(ctx context.Context, migrations []*goose.Migration, newest int64) error {
	for try := 1; ; try++ {
		err := s.migrate(ctx, migrations)
		if err == nil || s.isPostgres() {
			return err
		}
		if present, looking := s.schemaVersion(ctx); looking == nil && present >= newest {
			return s.notNewer(present, newest)
		}
		if try == maxTries || pause(ctx, try) != nil {
			return err
		}
	}
}

func (s *Store) isPostgres() bool { return s.db.Dialect == string(goose.DialectPostgres) }

// Check finds out whether the store answers and its table is what this program knows.
func (s *Store) Check(ctx context.Context) error {
	_, newest, err := s.migrations()
	if err != nil {
		return err
	}
	present, err := s.schemaVersion(ctx)
	switch {
	case err != nil:
		return err
	case present < newest:
		return fmt.Errorf("table %s is of version %d, and this program's is %d: open the store to bring it up to date", s.table, present, newest)
	}
	return s.notNewer(present, newest)
}

func (s *Store) notNewer(present, newest int64) error {
	if present > newest {
		return fmt.Errorf("table %s was made by a newer program: it is of version %d, and this one knows versions up to %d; run the newer one",
			s.table, present, newest)
	}
	return nil
}

// schemaVersion is the version of the table; an error where there is none.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	err = s.try(ctx, func(f Fate) bool { return f != Failed }, func() error {
		return s.db.Read.QueryRowContext(ctx, s.texts.schema).Scan(&version)
	})
	return version, err
}

// migrate runs what is missing.
func (s *Store) migrate(ctx context.Context, migrations []*goose.Migration) error {
	db := s.db.Write
	if s.db.Direct != nil {
		db = s.db.Direct
	}
	options := []goose.ProviderOption{
		goose.WithTableName(s.table + "_migrations"), goose.WithGoMigrations(migrations...),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
	}
	if s.isPostgres() {
		// Asked for each second, for two minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(goose.Dialect(s.db.Dialect), db, nil, options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("make table %s: %w", s.table, err)
	}
	return nil
}

// migrations returns the database's migrations and the version of the last. They are funcs, and not files for goose to read, since it knows
// no names that vary.
func (s *Store) migrations() (all []*goose.Migration, newest int64, err error) {
	files, err := fs.Glob(s.db.Migrations, "*.sql")
	for _, file := range files {
		version, err := strconv.ParseInt(strings.TrimSuffix(file, ".sql"), 10, 64)
		if err != nil {
			return nil, 0, err
		}
		text, err := fs.ReadFile(s.db.Migrations, file)
		if err != nil {
			return nil, 0, err
		}
		statements := strings.ReplaceAll(string(text), "{items}", s.table)
		run := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, statements)
			return err
		}
		all, newest = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: run}, nil)), max(newest, version)
	}
	return all, newest, err
}
