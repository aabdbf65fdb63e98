// Command waiting measures a server with many clients that wait: Flex clients with long polls, and AMF streams.
//
//	go run ./bench/waiting --polls 10000 --streams 200
//
// It starts "patchbay serve" and, to compare with, a bare net/http server whose handler only waits for the same publish, each in a process
// of its own, and prints what a client that waits costs the server in memory, and how long a publish takes to the replies. Client and
// server share the machine, so times are upper bounds. docs/performance.md has figures, and says what they consist of.
package main
