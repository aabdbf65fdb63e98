package docs

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// foreign are texts that belong to one machine or one network and so into no file of the project. They are written in two
// pieces, so that this file does not hold them.
var foreign = []string{
	"/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/tmp/out" + "side",
	"proxy.go" + "lang.org", "py" + "pi.org", "pythonho" + "sted.org", "repo1.ma" + "ven.org", "repo.maven.apa" + "che.org",
	"registry.npm" + "js.org", "deb.deb" + "ian.org", "crat" + "es.io",
}

func TestNoFileSpeaksOfOneMachine(t *testing.T) {
	for _, name := range committed(t) {
		text := read(t, name)
		if !utf8.ValidString(text) || strings.Contains(filepath.ToSlash(name), "/testdata/") && filepath.Ext(name) == ".json" {
			continue // bytes that peers sent are theirs
		}
		for number, line := range strings.Split(text, "\n") {
			for _, f := range foreign {
				if strings.Contains(line, f) {
					t.Errorf("%s:%d holds %q", name, number+1, f)
				}
			}
		}
	}
}
