// Package delivery proves the delivery promise of docs/delivery.md: a model runs publishers, polling and streaming clients and the sweep
// over core as it is, several processes on one store, and everything goes wrong that may. Each run is told by its seed.
//
// What the model believes of the world: every call of the store may fail before or after it took effect, or take effect some seconds
// later. A process may die between any two calls, and another one begins with nothing in memory. Clocks are up to five seconds
// apart. A request under way is never older than fifteen seconds, but between requests days may pass. The front doors' times of receipt
// agree. Where the store is no Trimmer it removes entries of logs when they have expired or up to 48 hours later, in any order.
//
// It runs on the memory store, in its bubble, with the most seeds, and on every other store outside of it. Where there is a wire, in two of
// four seeds it has faults of package tests/faults, and each write that they were about is looked after: docs/testing.md.
package delivery
