// Package sse gives messages as server-sent events (HTML Living Standard, section 9.2), for browsers and for whoever can read a line.
//
// In comes a GET whose query says what is wanted:
//
//	topic        the destination
//	subtopic     one of its subtopics, with wildcards as in any subscription; without it the messages without one
//	selector     a condition on the headers
//	lastEventId  where to go on, for clients that cannot set the header Last-Event-ID, which goes before it
//
// Out goes an event for each message: its id is a cursor, its data the message as package jsonmessage writes it. A stream begins with
// what is published from now on; one that is opened again with the last id goes on behind it, and so loses nothing that lives
// and gets nothing twice. The first block of a stream has an id and no data: it is no event, and lets a client that has seen
// none yet come back to where it began. A comment is sent when nothing else was for a while.
//
// What is wrong with a request is told by the HTTP status, before the stream begins. HTTP Basic or the session's cookie say who asks;
// that is looked at when the stream begins.
package sse
