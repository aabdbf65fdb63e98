package book

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/patchbay-go/patchbay/core"
)

// save writes an object with the lists that it has, and gives ids to what is new.
func save(ctx context.Context, tx *sql.Tx, r record) error {
	if err := saveRow(ctx, tx, r); err != nil {
		return err
	}
	s := r.stored()
	s.Key = []int64{*s.ID}
	u, ok := r.(*User)
	if !ok {
		s.Lazy = []string{}
		return nil
	}
	if slices.Contains(u.Lazy, "emails") {
		u.Emails = nil
	}
	if slices.Contains(u.Lazy, "phone_numbers") {
		u.PhoneNumbers = nil
	}
	u.Lazy = []string{}
	if err := saveList(ctx, tx, u, "emails", u.Emails); err != nil {
		return err
	}
	return saveList(ctx, tx, u, "phone_numbers", u.PhoneNumbers)
}

// saveRow inserts what has no id and updates what has one.
func saveRow(ctx context.Context, tx *sql.Tx, r record) error {
	s, t := r.stored(), r.table()
	if s.ID != nil {
		done, err := tx.ExecContext(ctx, t.update, append(r.columns(), *s.ID)...)
		return t.changed(*s.ID, done, err)
	}
	done, err := tx.ExecContext(ctx, t.insert, r.columns()...)
	if err != nil {
		return fmt.Errorf("insert %s: %w", t.class, err)
	}
	id, err := done.LastInsertId()
	s.ID = &id
	return err
}

// saveList makes a list exactly what belongs to a user; one that was not loaded is left as it is.
func saveList[T owned](ctx context.Context, tx *sql.Tx, u *User, name string, list Collection[T]) error {
	if list == nil {
		u.Lazy = append(u.Lazy, name)
		return nil
	}
	kept := map[int64]bool{}
	for i, r := range list {
		if r == nil {
			return core.Invalid.Errorf("Item %d of %s is null.", i, name)
		}
		*r.owner() = u.ID
		if err := save(ctx, tx, r); err != nil {
			return err
		}
		kept[*r.stored().ID] = true
	}
	return removeOthers(ctx, tx, T(nil).table(), *u.ID, kept)
}

// removeOthers removes what belongs to a user beside what is kept.
func removeOthers(ctx context.Context, tx *sql.Tx, t *table, user int64, kept map[int64]bool) error {
	present, err := query(ctx, tx, t, t.ofUser, user)
	if err != nil {
		return err
	}
	for _, r := range present {
		if id := *r.stored().ID; !kept[id] {
			if err := remove(ctx, tx, t, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes an object and what belongs to it.
func remove(ctx context.Context, tx *sql.Tx, t *table, id int64) error {
	done, err := tx.ExecContext(ctx, t.remove, id)
	return t.changed(id, done, err)
}

// changed tells what came of a statement that was to change the object with that id.
func (t *table) changed(id int64, done sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("change %s %d: %w", t.class, id, err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return t.gone(id)
}
