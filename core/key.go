package core

// key returns the name of an item of the set's realm. Realms have no slash in their names, so none can reach into another.
func (s *ChannelSet) key(partition, sort string) Key {
	return Key{Partition: s.partition("", partition), Sort: sort}
}

func (s *ChannelSet) partition(kind, name string) string { return s.opts.Realm + "/" + kind + name }
