// Package kills kills processes in the middle of messaging, in real time: the store's server, which is started again on what it has kept, and
// processes that publish and poll, which are replaced. What was acknowledged is delivered to each subscriber, in the order of its topic,
// and what comes twice has the same id; meanwhile there are errors, and afterwards all goes on by itself.
package kills
