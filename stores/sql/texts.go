package sql

import (
	"fmt"
	"math/bits"
	"strings"
)

// texts are the store's statements. They are of the SQL that both databases speak; times are milliseconds, and what expires at or before
// now is not there.
type texts struct {
	create, replace, put, remove, deleteVersion string
	scan, scanBytes, last, behind               string
	trim, collect                               string
	gets                                        [8]string // for 1, 2, 4 to 128 keys: so that few are prepared
	schema                                      string
}

func textsFor(db *Database, table string) texts {
	name := strings.NewReplacer("{items}", table)
	const (
		item     = "SELECT sort, version, expires, body FROM {items} "
		insert   = "INSERT INTO {items} AS old (partition, sort, version, expires, body) "
		instead  = " ON CONFLICT (partition, sort) DO UPDATE SET version = excluded.version, expires = excluded.expires, body = excluded.body"
		standing = "SELECT 1 FROM {items} WHERE partition = $1 AND sort = $2 AND expires > $6"
	)
	t := texts{
		// A look first: a row that is in the way would be locked, which is a write, and waits for the disk.
		create: name.Replace(insert + "SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (" + standing + ")" + instead + " WHERE old.expires <= $6"),
		put:    name.Replace(insert + "VALUES ($1, $2, $3, $4, $5)" + instead),
		replace: name.Replace("UPDATE {items} SET version = $3, expires = $4, body = $5 " +
			"WHERE partition = $1 AND sort = $2 AND expires > $6 AND version = $7"),
		remove:        name.Replace("DELETE FROM {items} WHERE partition = $1 AND sort = $2"),
		deleteVersion: name.Replace("DELETE FROM {items} WHERE partition = $1 AND sort = $2 AND version = $3 AND expires > $4"),
		scan:          name.Replace(item + "WHERE partition = $1 AND sort > $2 AND expires > $3 ORDER BY sort LIMIT $4"),
		// So that the database sends no body that is not given away: those before an item have fewer than $5 bytes.
		scanBytes: name.Replace("SELECT sort, version, expires, body FROM (" +
			"SELECT sort, version, expires, body, sum(length(body)) OVER (ORDER BY sort ROWS UNBOUNDED PRECEDING) - length(body) AS bytes_before FROM {items} " +
			"WHERE partition = $1 AND sort > $2 AND expires > $3 ORDER BY sort LIMIT $4) AS found WHERE bytes_before < $5 ORDER BY sort"),
		last:    name.Replace(item + "WHERE partition = $1 AND expires > $2 ORDER BY sort DESC LIMIT 1"),
		behind:  name.Replace("SELECT sort, version, expires, sort FROM {items} WHERE partition = $1 AND sort > $2 AND expires > $3 LIMIT 1"),
		trim:    name.Replace(db.Trim),
		collect: name.Replace(db.Collect),
		schema:  "SELECT max(version_id) FROM " + table + "_migrations WHERE is_applied",
	}
	for i := range t.gets {
		t.gets[i] = name.Replace("SELECT sort, version, expires, body, partition FROM {items} WHERE expires > $1 AND (" + anyOf(1<<i) + ")")
	}
	return t
}

// anyOf is a condition for n keys from $2 on.
func anyOf(n int) string {
	either := make([]string, n)
	for i := range either {
		either[i] = fmt.Sprintf("partition = $%d AND sort = $%d", 2+2*i, 3+2*i)
	}
	return strings.Join(either, " OR ")
}

// get is the statement for padded(n) keys.
func (t *texts) get(n int) string { return t.gets[bits.Len(uint(n-1))] }

// padded is for how many keys the statement for n is.
func padded(n int) int { return 1 << bits.Len(uint(n-1)) }
