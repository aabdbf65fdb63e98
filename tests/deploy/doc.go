// Package deploy tests what puts Patchbay on the clouds without going there: template.yaml by cfn-lint and by rules of our own for what that
// cannot see, the modules of terraform/ by Terraform itself with providers that make nothing (provider). Each test is tested too: with
// mistakes put into a copy, all of which it has to find.
package deploy
