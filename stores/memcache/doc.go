// Package memcache keeps core's items in one memcached: for sessions and messages that may be lost. It is a core.Store, a core.Tailer and
// a core.Noter.
//
// memcached loses everything when it ends. Processes that live on, and those that come, go on with nothing: clients are told that their
// session is unknown and begin anew, and who has a cursor gets all that is published from then on, in order and nothing else, since a log
// that was lost begins again with numbers above all that it had. A memcached that may remove items to make room (without -M) loses them
// one by one: sessions, subscriptions, messages. The numbers of a log do not come again then either, as long as either the log's run
// or its last entry is left. Note says since when nothing was lost, and how many items were removed to make room.
//
// What is kept of an item, under a name that is a hash of its key: the key, the version, which is random, when it expires, and the body.
// Conditional writes are memcached's add and cas, by the mark that was read with the version; a conditional delete is a cas with a value
// that is gone at once. memcached finds nothing but by its name, so there is a list of the sorts of each partition, in 16 parts, and for
// sorts that end in a number as core writes them, those of logs and inboxes, a run, which says which numbers there may be.
//
// Whether an item has expired is told by Options.Now; memcached only removes it, a minute later. Units are commands.
package memcache
