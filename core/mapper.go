package core

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A ServiceMapper finds what to call: services by name, the default service for operations without one, and the handlers of packet
// headers and of commands. It is filled at set-up and only read after that, so lookups need no lock.
type ServiceMapper struct {
	services map[string]*Service
	headers  map[string]*Target // by name in lower case
	commands map[int]*Target
}

// NewServiceMapper returns a mapper with these services.
func NewServiceMapper(services ...*Service) *ServiceMapper {
	m := &ServiceMapper{services: map[string]*Service{}, headers: map[string]*Target{}, commands: map[int]*Target{}}
	for _, s := range services {
		m.Map(s)
	}
	return m
}

// Map adds a service; one with the name "" is the default service, for operations that come without a service. It panics where
// the name is taken: a mistake of set-up.
func (m *ServiceMapper) Map(s *Service) *ServiceMapper {
	if m.services[s.name] != nil {
		panic(fmt.Sprintf("core: service %q is mapped twice", s.name))
	}
	m.services[s.name] = s
	return m
}

// Service returns the service with that name, "" being the default one, or nil.
func (m *ServiceMapper) Service(name string) *Service { return m.services[name] }

// Services returns all services, sorted by name: the default one comes first.
func (m *ServiceMapper) Services() []*Service {
	list := make([]*Service, 0, len(m.services))
	for _, name := range sortedKeys(m.services) {
		list = append(list, m.services[name])
	}
	return list
}

// MapHeader makes t the handler of packet headers with that name, in place of any other. Case does not count.
func (m *ServiceMapper) MapHeader(name string, t *Target) *ServiceMapper {
	m.headers[strings.ToLower(name)] = t
	return m
}

// Header returns the handler of packet headers with that name, or nil.
func (m *ServiceMapper) Header(name string) *Target { return m.headers[strings.ToLower(name)] }

// MapCommand makes t the handler of commands with that operation number, in place of any other. A protocol's own handlers run
// where there is none here.
func (m *ServiceMapper) MapCommand(operation int, t *Target) *ServiceMapper {
	m.commands[operation] = t
	return m
}

// Command returns the handler of commands with that number, or nil.
func (m *ServiceMapper) Command(operation int) *Target { return m.commands[operation] }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
