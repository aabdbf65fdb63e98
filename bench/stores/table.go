package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// A table is what is printed for people, and put into a document.
type table struct {
	name  string // of its place in docs/costs.md
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes a table with columns of spaces.
func (t *table) print(out io.Writer) {
	if len(t.rows) == 0 {
		return
	}
	fmt.Fprintf(out, "%s\n\n", t.title)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.head}, t.rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
	fmt.Fprintln(out)
}

// markdown returns the table as documents have it.
func (t *table) markdown() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	line(strings.Split("---"+strings.Repeat(" ---", len(t.head)-1), " "))
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

// number writes a quantity with as many digits as it is worth.
func number(n float64) string {
	switch {
	case n == 0 || n >= 1e15:
		return strconv.FormatFloat(n, 'g', 3, 64)
	case n >= 1000:
		return grouped(int64(n + 0.5))
	case n >= 100:
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	text := strconv.FormatFloat(n, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// grouped writes a whole number with its thousands apart.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// dollars writes an amount of money, to the cent above one dollar and to the thousandth below.
func dollars(amount float64) string {
	switch {
	case amount == 0:
		return "0"
	case amount >= 1000:
		return "$" + grouped(int64(amount+0.5))
	case amount >= 1:
		return "$" + strconv.FormatFloat(amount, 'f', 2, 64)
	}
	return "$" + strconv.FormatFloat(amount, 'f', 3, 64)
}
