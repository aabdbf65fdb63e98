package selector_test

import (
	"fmt"

	"github.com/patchbay-go/patchbay/core/selector"
)

func ExampleParse() {
	s, err := selector.Parse("symbol = 'ADBE' AND (price > 30 OR volume BETWEEN 1e6 AND 2e6)")
	if err != nil {
		fmt.Println(err)
		return
	}
	headers := map[string]any{"symbol": "ADBE", "price": 29.5, "volume": 1_500_000}
	fmt.Println(s.Match(func(name string) any { return headers[name] }))
	// Output: true
}

func ExampleSyntaxError() {
	_, err := selector.Parse("price != 30")
	fmt.Println(err)
	// Output: at byte 6: "!" means nothing here; "not equal" is written <>
}
