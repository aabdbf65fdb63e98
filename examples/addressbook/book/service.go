package book

import (
	"context"
	"database/sql"
	"math"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Map adds the targets to a service; AmFast's client calls it ExampleService.
//
// A class is named by its alias. A key is the sa_key of an object, a list of one id, or the id alone.
func (b *Book) Map(s *core.Service) *core.Service {
	return s.
		Map("insertDefaultData", core.Func0(b.insertDefaultData).Describe("Adds a user with two e-mail addresses and two telephone numbers.")).
		Map("load", core.Func2(b.load, "class", "key").Describe("Gives an object of the address book, or null where there is none with that key.")).
		Map("loadAttr", core.Func3(b.loadAttr, "class", "key", "attr").Describe("Gives one attribute of an object, such as one that is listed in its sa_lazy.")).
		Map("loadAll", core.Func(b.loadAll, "class").Describe("Gives all objects of a class.")).
		Map("save", core.Func(b.save, "obj").Describe("Adds an object without id, changes one that has an id, and gives it as it was saved.")).
		Map("saveAttr", core.Func4(b.saveAttr, "class", "key", "attr", "val").Describe("Changes one attribute of an object and gives it as it was saved.")).
		Map("saveList", core.Func(b.saveList, "objs").Describe("Saves several objects, all or none.")).
		Map("remove", core.Func2(b.remove, "class", "key").Describe("Removes an object; with a user what belongs to them.")).
		Map("removeList", core.Func2(b.removeList, "class", "keys").Describe("Removes several objects, all or none."))
}

func (b *Book) load(ctx context.Context, class string, key any) (any, error) {
	t, id, err := tableAndID(class, key)
	if err != nil {
		return nil, err
	}
	var found []record
	err = b.within(ctx, func(tx *sql.Tx) error {
		if found, err = query(ctx, tx, t, t.one, id); err != nil || t != &users {
			return err
		}
		return loadEmails(ctx, tx, found, emails.ofUser, id)
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (b *Book) loadAll(ctx context.Context, class string) (any, error) {
	t, err := tableOf(class)
	if err != nil {
		return nil, err
	}
	var found []record
	err = b.within(ctx, func(tx *sql.Tx) error {
		if found, err = query(ctx, tx, t, t.all); err != nil || t != &users {
			return err
		}
		return loadEmails(ctx, tx, found, emails.all)
	})
	return Collection[record](found), err
}

func (b *Book) loadAttr(ctx context.Context, class string, key any, attr string) (field any, err error) {
	t, id, err := tableAndID(class, key)
	if err != nil {
		return nil, err
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		if _, field, err = findAttribute(ctx, tx, t, id, attr); err != nil {
			return err
		}
		return loadList(ctx, tx, id, field)
	})
	return field, err
}

func (b *Book) save(ctx context.Context, obj any) (any, error) {
	if err := b.saveRecords(ctx, obj); err != nil {
		return nil, err
	}
	return obj, nil
}

func (b *Book) saveList(ctx context.Context, objs []any) (Collection[any], error) {
	return objs, b.saveRecords(ctx, objs...)
}

func (b *Book) saveRecords(ctx context.Context, objs ...any) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		for _, obj := range objs {
			r, ok := obj.(record)
			if !ok {
				return core.Invalid.Errorf("What is saved has to be a %s, %s or %s.", users.class, emails.class, phoneNumbers.class)
			}
			if err := save(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// saveAttr takes the value encoded: the attribute says of which type it is.
func (b *Book) saveAttr(ctx context.Context, class string, key any, attr string, val value.Late) (field any, err error) {
	t, id, err := tableAndID(class, key)
	if err != nil {
		return nil, err
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		r, f, err := findAttribute(ctx, tx, t, id, attr)
		if err != nil {
			return err
		}
		if err := val.Bind(f); err != nil {
			return err
		}
		field = f
		return save(ctx, tx, r)
	})
	return field, err
}

func (b *Book) remove(ctx context.Context, class string, key any) (struct{}, error) {
	return b.removeList(ctx, class, []any{key})
}

func (b *Book) removeList(ctx context.Context, class string, keys []any) (struct{}, error) {
	return struct{}{}, b.within(ctx, func(tx *sql.Tx) error {
		for _, key := range keys {
			t, id, err := tableAndID(class, key)
			if err != nil {
				return err
			}
			if err := remove(ctx, tx, t, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// insertDefaultData adds the user that AmFast's example begins with.
func (b *Book) insertDefaultData(ctx context.Context) (struct{}, error) {
	user := &User{
		FirstName: new("Bill"), LastName: new("Lumbergh"),
		Emails: Collection[*Email]{
			{Label: new("personal"), Email: new("bill@yahoo.com")},
			{Label: new("work"), Email: new("bill@initech.com")},
		},
		PhoneNumbers: Collection[*PhoneNumber]{
			{Label: new("personal"), Number: new("1-800-555-5555")},
			{Label: new("work"), Number: new("1-555-555-5555")},
		},
	}
	return struct{}{}, b.saveRecords(ctx, user)
}

// tableAndID reads what names an object.
func tableAndID(class string, key any) (*table, int64, error) {
	t, err := tableOf(class)
	if err != nil {
		return nil, 0, err
	}
	if list, ok := key.([]any); ok && len(list) == 1 {
		key = list[0]
	}
	if id, ok := key.(float64); ok && id == math.Trunc(id) && math.Abs(id) <= 1<<53 {
		return t, int64(id), nil
	}
	if key == nil {
		return nil, 0, core.Invalid.Errorf("The %s was never saved: its key is null.", class)
	}
	return nil, 0, core.Invalid.Errorf("The key of a %s is the list with its id.", class)
}
