package core

import "context"

// guard puts the checks of the service and of the target before the target's handler. They run behind all interceptors, so that
// those can find out who calls.
func (s *Service) guard(t *Target) Handler {
	return guarded(s.access, guarded(t.access, t.Handler))
}

func guarded(access func(*Principal) error, next Handler) Handler {
	return func(ctx context.Context, call *Call) (any, error) {
		if err := access(call.Principal()); err != nil {
			return nil, err
		}
		return next(ctx, call)
	}
}

func (s *Service) access(p *Principal) error { return access(s.secure, s.roles, p) }

func (t *Target) access(p *Principal) error { return access(t.secure, t.roles, p) }

// access says why someone may not, with BlazeDS's texts.
func access(secure bool, roles []string, p *Principal) error {
	switch {
	case !secure:
		return nil
	case p == nil:
		return Unauthenticated.Errorf("Login required before authorization can proceed.")
	case !p.HasAny(roles):
		return Denied.Errorf("User not authorized to access this destination.")
	}
	return nil
}
