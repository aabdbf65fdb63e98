package syntax

// Walk calls f for every value of the document, outer ones before what they contain, in the order of the bytes.
func (d *Document) Walk(f func(Node)) {
	if d.Packet != nil {
		for _, h := range d.Packet.Headers {
			walk(h.Value, f)
		}
		for _, b := range d.Packet.Bodies {
			walk(b.Value, f)
		}
	}
	walkAll(d.Values, f)
}

func walkAll(nodes []Node, f func(Node)) {
	for _, n := range nodes {
		walk(n, f)
	}
}

func walkMembers(members []Member, f func(Node)) {
	for _, m := range members {
		walk(m.Value, f)
	}
}

func walkPairs(pairs []Pair, f func(Node)) {
	for _, p := range pairs {
		walk(p.Key, f)
		walk(p.Value, f)
	}
}

func walk(n Node, f func(Node)) {
	if n == nil {
		return
	}
	f(n)
	switch n := n.(type) {
	case *AVMPlus:
		walk(n.Value, f)
	case *Object0:
		walkMembers(n.Members, f)
	case *ECMAArray:
		walkMembers(n.Members, f)
	case *StrictArray:
		walkAll(n.Items, f)
	case *Array:
		walkMembers(n.Assoc, f)
		walkAll(n.Dense, f)
	case *Object3:
		walkAll(n.Sealed, f)
		walkMembers(n.Dynamic, f)
	case *External:
		walk(n.Source, f)
		walkPairs(n.Entries, f)
		for _, field := range n.Fields {
			walk(field.Value, f)
		}
	case *ObjectVector:
		walkAll(n.Items, f)
	case *Dictionary:
		walkPairs(n.Items, f)
	}
}
