package book

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// A reader calls the targets of a new book with arguments in JSON.
type reader struct {
	t    *testing.T
	book *Book
	set  *core.ChannelSet
}

func newReader(t *testing.T, file string) *reader {
	t.Helper()
	b, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	service := b.Map(core.NewService("book"))
	return &reader{t, b, core.NewChannelSet(core.NewServiceMapper(service), memory.New(nil), &core.Options{Registry: registry()})}
}

func registry() *value.Registry {
	r := value.NewRegistry()
	new(Book).Register(r)
	return r
}

// call returns the result in JSON, or the fault's code and text.
func (r *reader) call(operation, args string) string {
	r.t.Helper()
	late := value.NewDecoder(json.NewReader([]byte(args), value.Limits{}), registry(), value.Limits{}).Ahead()
	v, err := r.set.Invoke(context.Background(), &core.Call{Service: "book", Operation: operation, Args: &core.LateArgs{Value: late}})
	if err != nil {
		f := core.AsFault(err)
		return f.Code.String() + ": " + f.Message
	}
	w := json.NewWriter(nil, value.Limits{})
	if err := value.NewEncoder(w, registry(), value.Limits{}).Encode(v); err != nil {
		r.t.Fatal(err)
	}
	return string(w.Bytes())
}

func (r *reader) want(operation, args, want string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.call(operation, args)); diff != "" {
		r.t.Errorf("%s %s (-want +got):\n%s", operation, args, diff)
	}
}

func TestFaults(t *testing.T) {
	r := newReader(t, "")
	r.want("insertDefaultData", `[]`, `null`)
	r.want("remove", `["models.Email", [1]]`, `null`)
	long := strings.Repeat("é", 201)
	for _, c := range []struct{ name, operation, args, want string }{
		{"no class", "load", `["models.Cat", [1]]`, `invalid: The address book has no class "models.Cat".`},
		{"no class to list", "loadAll", `["sqlite_master"]`, `invalid: The address book has no class "sqlite_master".`},
		{"nobody", "load", `["models.User", [9]]`, `null`},
		{"removed", "loadAttr", `["models.Email", [1], "label"]`, `not found: models.Email 1 is not in the address book.`},
		{"removed again", "remove", `["models.Email", [1]]`, `not found: models.Email 1 is not in the address book.`},
		{"removed and changed", "saveAttr", `["models.Email", [1], "label", "x"]`, `not found: models.Email 1 is not in the address book.`},
		{"removed and saved", "save", `[{"$class":"models.Email","id":1,"label":"x"}]`, `not found: models.Email 1 is not in the address book.`},
		{"unsaved", "loadAttr", `["models.User", [null], "emails"]`, `invalid: The models.User was never saved: its key is null.`},
		{"unsaved without key", "remove", `["models.User", null]`, `invalid: The models.User was never saved: its key is null.`},
		{"no key", "load", `["models.User", "1 OR 1=1"]`, `invalid: The key of a models.User is the list with its id.`},
		{"two keys", "load", `["models.User", [1, 2]]`, `invalid: The key of a models.User is the list with its id.`},
		{"half a key", "load", `["models.User", 1.5]`, `invalid: The key of a models.User is the list with its id.`},
		{"no attribute", "loadAttr", `["models.User", [1], "password"]`, `invalid: models.User has no attribute "password".`},
		{"no attribute to save", "saveAttr", `["models.User", [1], "id", 7]`, `invalid: models.User has no attribute "id".`},
		{"no object", "save", `["x"]`, `invalid: What is saved has to be a models.User, models.Email or models.PhoneNumber.`},
		{"an object of another class", "saveList", `[[{"$class":"x.Y"}]]`, `invalid: What is saved has to be a models.User, models.Email or models.PhoneNumber.`},
		{"nothing in a list", "save", `[{"$class":"models.User","emails":[null]}]`, `invalid: Item 0 of emails is null.`},
		{"a long text", "save", `[{"$class":"models.Email","label":"` + long + `"}]`, `invalid: A text may have up to 200 characters.`},
		{"of nobody's", "save", `[{"$class":"models.Email","user_id":7}]`, `invalid: The user of that user_id is not in the address book.`},
	} {
		t.Run(c.name, func(t *testing.T) { r.want(c.operation, c.args, c.want) })
	}
	r.want("loadAll", `["models.User"]`, `[{"$class":"models.User","sa_key":[1],"sa_lazy":["phone_numbers"],"id":1,"first_name":"Bill","last_name":"Lumbergh",`+
		`"emails":[{"$class":"models.Email","sa_key":[2],"sa_lazy":[],"id":2,"user_id":1,"label":"work","email":"bill@initech.com"}],"phone_numbers":null}]`)
}

func TestAttributes(t *testing.T) {
	r := newReader(t, "")
	r.want("insertDefaultData", `[]`, `null`)
	for _, c := range []struct{ class, attr, before, set, after string }{
		{"models.User", "first_name", `"Bill"`, `"Will'; DROP TABLE users; --"`, `"Will'; DROP TABLE users; --"`},
		{"models.User", "last_name", `"Lumbergh"`, `null`, `null`},
		{"models.Email", "label", `"personal"`, `"home"`, `"home"`},
		{"models.Email", "email", `"bill@yahoo.com"`, `""`, `""`},
		{"models.PhoneNumber", "number", `"1-800-555-5555"`, `110`, `"110"`},
		{"models.PhoneNumber", "label", `"personal"`, `"emergency"`, `"emergency"`},
		{"models.PhoneNumber", "user_id", `1`, `null`, `null`},
		{"models.User", "phone_numbers", `[{"$class":"models.PhoneNumber","sa_key":[2],"sa_lazy":[],"id":2,"user_id":1,"label":"work","number":"1-555-555-5555"}]`, `[]`, `[]`},
	} {
		at := `["` + c.class + `", [1], "` + c.attr + `"`
		r.want("loadAttr", at+`]`, c.before)
		r.want("saveAttr", at+`, `+c.set+`]`, c.after)
		r.want("loadAttr", at+`]`, c.after)
	}
	if got := r.call("saveAttr", `["models.User", [1], "emails", "x"]`); !strings.HasPrefix(got, "invalid: ") {
		t.Errorf("a text as a list: got %s, want invalid", got)
	}
	r.want("loadAll", `["models.PhoneNumber"]`, `[{"$class":"models.PhoneNumber","sa_key":[1],"sa_lazy":[],"id":1,"user_id":null,"label":"emergency","number":"110"}]`)
}

// What was not loaded is left alone by a save, whatever stands in its place.
func TestLazyListsAreLeft(t *testing.T) {
	r := newReader(t, "")
	r.want("insertDefaultData", `[]`, `null`)
	for _, phones := range []string{``, `,"phone_numbers":null`, `,"phone_numbers":[],"sa_lazy":["phone_numbers"]`} {
		r.want("save", `[{"$class":"models.User","id":1,"first_name":"B","emails":[]`+phones+`}]`,
			`{"$class":"models.User","sa_key":[1],"sa_lazy":["phone_numbers"],"id":1,"first_name":"B","last_name":null,"emails":[],"phone_numbers":null}`)
	}
	if got := r.call("loadAttr", `["models.User", 1, "phone_numbers"]`); strings.Count(got, "models.PhoneNumber") != 2 {
		t.Errorf("phone_numbers: got %s, want both", got)
	}
}

// Of several saves and removals that fail in the middle nothing remains.
func TestAllOrNothing(t *testing.T) {
	r := newReader(t, "")
	r.want("save", `[{"$class":"models.Email","label":"a"}]`, `{"$class":"models.Email","sa_key":[1],"sa_lazy":[],"id":1,"user_id":null,"label":"a","email":null}`)
	r.want("saveList", `[[{"$class":"models.Email","label":"b"},{"$class":"models.Email","id":1,"label":"c"},{"$class":"models.Email","id":7}]]`,
		`not found: models.Email 7 is not in the address book.`)
	r.want("removeList", `["models.Email", [1, 7]]`, `not found: models.Email 7 is not in the address book.`)
	r.want("loadAll", `["models.Email"]`, `[{"$class":"models.Email","sa_key":[1],"sa_lazy":[],"id":1,"user_id":null,"label":"a","email":null}]`)
}

// An id is never given to another object.
func TestIDsComeOnce(t *testing.T) {
	r := newReader(t, "")
	for _, id := range []string{"1", "2"} {
		r.want("save", `[{"$class":"models.User"}]`, `{"$class":"models.User","sa_key":[`+id+`],"sa_lazy":["emails","phone_numbers"],"id":`+id+
			`,"first_name":null,"last_name":null,"emails":null,"phone_numbers":null}`)
		r.want("remove", `["models.User", [`+id+`]]`, `null`)
	}
}

// Lists of objects go out as ArrayCollections, keys and names of attributes as Arrays, as the types of the Flex client are.
func TestCollections(t *testing.T) {
	r := newReader(t, "")
	r.want("insertDefaultData", `[]`, `null`)
	users, err := r.book.loadAll(t.Context(), "models.User")
	if err != nil {
		t.Fatal(err)
	}
	emails, err := r.book.loadAttr(t.Context(), "models.User", 1.0, "emails")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		list any
		want int
	}{"loadAll: the users, and the e-mail addresses of the one": {users, 2}, "loadAttr": {emails, 1}} {
		w := amf.NewWriter(&amf.WriterOptions{AMF3: true})
		if err := value.NewEncoder(w, registry(), value.Limits{}).Encode(c.list); err != nil {
			t.Fatal(err)
		}
		collections := 0
		r := amf.NewReader(w.Bytes(), &amf.ReaderOptions{Version: amf.AMF3})
		for t := new(value.Token); r.Next(t) == nil; {
			if t.Kind == value.KindObject && t.Shape.Wrapper {
				collections++
			}
		}
		if collections != c.want {
			t.Errorf("%s: got %d ArrayCollections, want %d: %q", name, collections, c.want, w.Bytes())
		}
	}
}

// What is written is bounded, and what was there is still read when it is full.
func TestFull(t *testing.T) {
	r := newReader(t, "")
	var pages int
	if err := r.book.db.QueryRow("PRAGMA max_page_count").Scan(&pages); err != nil || pages != 4096 {
		t.Errorf("got a bound of %d pages, %v; want 4,096", pages, err)
	}
	if _, err := r.book.db.Exec("PRAGMA max_page_count(20)"); err != nil {
		t.Fatal(err)
	}
	text := `"` + strings.Repeat("x", 200) + `"`
	entry := `{"$class":"models.Email","label":` + text + `,"email":` + text + `}`
	r.call("save", `[`+entry+`]`)
	r.want("saveList", `[[`+entry+strings.Repeat(","+entry, 200)+`]]`, "exhausted: The address book is full.")
	if got := r.call("loadAll", `["models.Email"]`); strings.Count(got, "models.Email") != 1 || !strings.Contains(got, text) {
		t.Errorf("loadAll: got %.100s, want the first e-mail address alone", got)
	}
}

func TestOpen(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("a file in no folder was opened")
	}
	b, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// A statement that is given up in its middle costs no other caller anything: the database in memory is still there.
func TestCanceledCallLosesNothing(t *testing.T) {
	b, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	if _, err := b.insertDefaultData(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err = b.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO users (first_name) SELECT i FROM n WHERE i < 0")
		return err
	})
	if f := core.AsFault(err); f == nil || f.Code != core.Timeout {
		t.Errorf("got %v, want that it took too long", err)
	}
	if got, err := b.loadAll(t.Context(), "models.User"); err != nil || len(got.(Collection[record])) != 1 {
		t.Errorf("got %v, %v; want the user", got, err)
	}
}
