package core

import (
	"fmt"
	"slices"
)

// A Service is a named group of targets. It is built at set-up and only read after that, so lookups need no lock.
type Service struct {
	name    string
	with    []Interceptor
	targets map[string]*mapped
	secure  bool
	roles   []string
}

// A mapped is a Target in its place, with the handler that runs all that stands before it.
type mapped struct {
	operation string
	target    *Target
	with      []Interceptor
	handler   Handler
}

// NewService returns an empty Service. The interceptors stand before all of its targets, the first outermost, behind those of the set.
func NewService(name string, with ...Interceptor) *Service {
	return &Service{name: name, with: with, targets: map[string]*mapped{}}
}

// Name returns the service's name; "" is the default service.
func (s *Service) Name() string { return s.name }

// Map makes a Target callable as operation. The interceptors stand before this target only, behind those of the service. It panics
// where the operation is empty or mapped already, or the target has no handler: mistakes of set-up.
func (s *Service) Map(operation string, t *Target, with ...Interceptor) *Service {
	if operation == "" || t == nil || t.Handler == nil {
		panic(fmt.Sprintf("core: target %q of service %q has no name or no handler", operation, s.name))
	}
	if s.targets[operation] != nil {
		panic(fmt.Sprintf("core: target %q of service %q is mapped twice", operation, s.name))
	}
	s.targets[operation] = s.place(operation, t, with)
	return s
}

// place puts interceptors and the check of who calls before a target.
func (s *Service) place(operation string, t *Target, with []Interceptor) *mapped {
	h := chain(append(slices.Clone(s.with), with...), s.guard(t))
	return &mapped{operation: operation, target: t, with: with, handler: h}
}

// Secure makes all targets of the service refuse callers who have not logged in, and those who have none of the roles, where any
// are named. What a target's own Secure asks comes on top.
func (s *Service) Secure(roles ...string) *Service {
	s.secure, s.roles = true, roles
	return s
}

// IsSecure reports whether Secure was called, and with which roles.
func (s *Service) IsSecure() (roles []string, secure bool) { return slices.Clone(s.roles), s.secure }

// Target returns what is mapped to operation, or nil.
func (s *Service) Target(operation string) *Target {
	if m := s.targets[operation]; m != nil {
		return m.target
	}
	return nil
}

// Operations returns the names of what is mapped, sorted.
func (s *Service) Operations() []string {
	return sortedKeys(s.targets)
}

// As returns a copy of the service under another name, with the targets that it has now.
func (s *Service) As(name string) *Service {
	other := *s
	other.name = name
	other.targets = make(map[string]*mapped, len(s.targets))
	for operation, m := range s.targets {
		other.targets[operation] = other.place(operation, m.target, m.with)
	}
	return &other
}
