package memory

// Len returns how many items the store holds, expired ones that have not been removed included.
func (s *Store) Len() int {
	n := 0
	for i := range s.shards {
		n += s.shards[i].len()
	}
	return n
}

func (sh *shard) len() int {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	n := 0
	for _, l := range sh.partitions {
		n += l.length
	}
	return n
}

// Expiring returns how many entries the store keeps to find what has expired.
func (s *Store) Expiring() int {
	n := 0
	for i := range s.shards {
		n += len(s.shards[i].expiring)
	}
	return n
}
