package core

// Cursor returns where a subscription of the connection that is made anew would have to begin to lose nothing: behind what has been
// confirmed. It is empty where the connection has no such subscription.
func (c *Connection) Cursor(v *Subscription) string {
	for _, o := range c.view().subscriptions {
		if o.is(v) {
			return cursorText(o.epoch, o.done)
		}
	}
	return ""
}
