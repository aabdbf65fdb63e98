// Package cloudrun tests examples/chat/cloudrun as it is deployed, the built program: with Firestore's emulator while it is killed, with pushes
// of Pub/Sub's emulator, and how it ends when it is told to.
package cloudrun
