package core

// key returns the name of an item of the set's realm. Realms have no slash in their names, so none can reach into another.
func (s *ChannelSet) key(partition, sort string) Key {
	return Key{Partition: s.opts.Realm + "/" + partition, Sort: sort}
}
