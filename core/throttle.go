package core

type throttle struct{}

func newThrottle(perMinute, entries int) *throttle { return &throttle{} }
