// Package imports checks what is linked: that each room knows only the rooms it may, that each binary holds the modules it
// needs and no others, and that nothing happens by being imported.
package imports
