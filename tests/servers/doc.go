// Package servers starts the real servers that stores and buses are tested with: DynamoDB Local, Firestore's emulator, PostgreSQL,
// memcached and the like, one file each. Each listens on a free port of 127.0.0.1, keeps its data in a folder of its own, is
// ready when it answers, and ends by the id that was started. A server that is not installed is an error that says what to install, never
// a test that is skipped.
package servers
