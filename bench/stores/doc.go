// Command stores measures what Patchbay asks of each store, and what that costs by the vendors' price lists.
//
//	go run ./bench/stores --stores memory,dynamodb,firestore
//
// It starts the real servers one after the other, lets as many clients subscribe as it is told, and prints for each operation its latency,
// the verbs of core.Store, and the units that the driver charges: request units of DynamoDB, documents of Firestore, statements of SQL
// databases, commands of memcached. From the units it computes money, also for more subscribers than it measured.
//
// It is a check too: where an operation costs more than ARCHITECTURE promises (a publish 1 write whoever polls, an idle poll 2 reads, one
// that delivers 2 reads and 1 write, 1 write to confirm), it says so and ends with 1. docs/costs.md has figures, written by --write-docs,
// and says what they do not tell.
package main
