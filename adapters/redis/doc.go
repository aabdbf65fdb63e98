// Package redis is a core.Bus over Redis: instances of a deployment tell each other by PUBLISH and SUBSCRIBE, on one channel, that something
// new is stored, so that who waits in one is woken by what is published in another.
//
// What comes in is a core.Notice, which says where something stands and carries no message; what goes out to Redis are several of them
// in a payload: see appendNotice. Redis keeps nothing of it. It is at most once, as core.Bus allows: where Redis is away, or slow, notices
// are dropped and who waits looks by itself after a while. A notice is worth a look at the store and no more, so one that is forged
// does no harm but that.
package redis
