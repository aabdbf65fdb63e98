// Package memcache keeps core's items in one memcached.
package memcache
