// Package docs checks the documents against the tree: the commands they show exist, their links lead somewhere, and nothing
// that is committed speaks of one particular machine.
package docs
