package syntax

// external builds an externalizable object. Classes that are not known are taken where the description says that one value is
// all they hold.
func (b *builder) external(o object, num int) (Node, error) {
	class, err := o.text("class")
	if err != nil {
		return nil, err
	}
	use, err := traitsUse(o)
	if err != nil {
		return nil, err
	}
	n := &External{ID: num, Traits: &Traits{Class: class, External: true}, Use: use}
	content := "source"
	switch externalForm(class) {
	case formEntries:
		content = "entries"
		n.Entries, err = b.pairs(o, content, b.entryName)
	case formFields:
		content = "fields"
		n.Fields, err = b.fields(o, class)
	default:
		n.Source, err = b.source(o, class)
	}
	return n, first(err, o.only("t", "id", "class", "traits", content))
}

func (b *builder) source(o object, class string) (Node, error) {
	v, ok := o["source"]
	if !ok {
		return nil, wrong(`externalizable class %q: only one that holds a single value, given as "source", can be written`, short(class))
	}
	n, err := b.node3(v)
	return n, within(".source", err)
}

// entryName builds the name of a ManagedObjectProxy's entry, a string on the wire.
func (b *builder) entryName(v any) (Node, error) {
	if m, ok := v.(map[string]any); ok && m["t"] != nil {
		return b.node3(v)
	}
	s, err := textOf(v)
	return &String{Text: s}, err
}

// fields builds the members of a small message, in the order of their flags.
func (b *builder) fields(o object, class string) ([]Field, error) {
	v, err := o.need("fields")
	if err != nil {
		return nil, err
	}
	var names []string
	uids := map[string]bool{}
	for _, g := range smallGroups(class) {
		for _, fields := range g {
			for _, f := range fields {
				if !f.uid {
					names = append(names, f.name)
				}
				uids[f.name] = uids[f.name] || f.uid
			}
		}
	}
	all, err := objectOf(v, names...)
	if err != nil {
		return nil, within(".fields", err)
	}
	var fields []Field
	for _, name := range names {
		v, ok := all[name]
		if !ok {
			continue
		}
		n, err := b.field(v, uids[name])
		if err != nil {
			return nil, within(".fields."+name, err)
		}
		fields = append(fields, Field{Name: name, Value: n})
	}
	return fields, nil
}

// field builds a member's value; where the message has room for one it may be a uid.
func (b *builder) field(v any, uid bool) (Node, error) {
	o, t, err := b.begin(v)
	if err != nil {
		return nil, err
	}
	if t != "uid" || !uid {
		return b.node3(v)
	}
	s, err := o.text("v")
	if err != nil {
		return nil, err
	}
	id, ok := parseUID(s)
	if !ok {
		return nil, within(".v", wrong("a uid is 32 hexadecimal digits as 8-4-4-4-12, not %q", short(s)))
	}
	return &UID{V: id}, o.only("t", "v")
}
