// Package sql keeps core's items in one table of a SQL database: stores/sql/postgres opens PostgreSQL, stores/sql/sqlite a file of SQLite.
// Each links its own driver alone, so that a program has no database in it that it does not use; what both do is here, on database/sql.
//
// Every verb is one statement, so that no transaction spans two round trips and nothing is held between them. Keys are bytes, and in the
// order of bytes whatever the database's collation. What has expired no statement sees, and writes remove it later, in small pieces.
package sql
