package book

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
)

// query returns the rows of a statement as objects.
func query(ctx context.Context, tx *sql.Tx, t *table, statement string, args ...any) ([]record, error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", t.class, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what went wrong
	found := []record{}
	for rows.Next() {
		r := t.empty()
		s := r.stored()
		if err := rows.Scan(append([]any{&s.ID}, r.columns()...)...); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.class, err)
		}
		s.Key, s.Lazy = []int64{*s.ID}, []string{}
		found = append(found, r)
	}
	return found, rows.Err()
}

// find returns one object without its lists, or the fault that says that it is gone.
func find(ctx context.Context, tx *sql.Tx, t *table, id int64) (record, error) {
	found, err := query(ctx, tx, t, t.one, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, t.gone(id)
	}
	return found[0], nil
}

// findAttribute returns an object and a pointer to one of its attributes.
func findAttribute(ctx context.Context, tx *sql.Tx, t *table, id int64, name string) (r record, field any, err error) {
	if r, err = find(ctx, tx, t, id); err != nil {
		return nil, nil, err
	}
	if field = r.attribute(name); field == nil {
		return nil, nil, core.Invalid.Errorf("%s has no attribute %.100q.", t.class, name)
	}
	return r, field, nil
}

// loadEmails gives users what comes with them, which the statement finds all at once, and marks as lazy what does not.
func loadEmails(ctx context.Context, tx *sql.Tx, found []record, statement string, args ...any) error {
	byID := map[int64]*User{}
	for _, r := range found {
		if u, ok := r.(*User); ok {
			u.Emails, u.Lazy = Collection[*Email]{}, []string{"phone_numbers"}
			byID[*u.ID] = u
		}
	}
	list, err := listOf[*Email](query(ctx, tx, &emails, statement, args...))
	for _, m := range list {
		if m.UserID != nil && byID[*m.UserID] != nil {
			u := byID[*m.UserID]
			u.Emails = append(u.Emails, m)
		}
	}
	return err
}

// loadList fills the list that field points to; a field that holds no list was loaded with its row.
func loadList(ctx context.Context, tx *sql.Tx, user int64, field any) (err error) {
	switch list := field.(type) {
	case *Collection[*Email]:
		*list, err = listOf[*Email](query(ctx, tx, &emails, emails.ofUser, user))
	case *Collection[*PhoneNumber]:
		*list, err = listOf[*PhoneNumber](query(ctx, tx, &phoneNumbers, phoneNumbers.ofUser, user))
	}
	return err
}

// listOf gives what a query has found its type. It is never nil: an empty list is loaded too.
func listOf[T any](found []record, err error) (Collection[T], error) {
	list := make(Collection[T], len(found))
	for i, r := range found {
		list[i], _ = r.(T) // the query's table makes no others
	}
	return list, err
}
