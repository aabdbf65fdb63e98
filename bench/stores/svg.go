package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// A plot is panels beside each other, with logarithmic axes. It is drawn by hand, since it is to follow the reader's light or dark mode by
// styles of its own, which the plotting libraries for Go cannot write, and since the best of them brings nine modules for one picture.
type plot struct {
	title  string
	panels []panel
	notes  []note // the legend
}

// A panel has the axes of all: subscribers to the right, dollars upwards.
type panel struct {
	title string
	lines []line
}

// A line is points that are joined, and marks for what was counted.
type line struct {
	label  string
	style  string // a class of the style sheet
	points []point
	marks  []point
}

type point struct{ x, y float64 }

type note struct{ style, text string }

// The room that a plot takes, in pixels.
const (
	panelWidth, panelHeight     = 300, 330
	leftMargin, rightMargin     = 56, 150 // numbers of an axis; labels of lines
	topMargin, bottomMargin     = 78, 96
	labelHeight, tick, markSize = 15, 5, 3.5
	noteWidth                   = 300
)

// The decades that the axes have.
const (
	leastSubscribers, mostSubscribers = 1, 1e6
	leastDollars, mostDollars         = 0.1, 1e7
)

// style holds the colours for both modes. A background of its own keeps the plot readable on whatever it is put.
const style = `
.page{fill:#ffffff}.text{fill:#1f2328}.faint{fill:#59636e}.grid{stroke:#d1d9e0}.line{fill:none;stroke-width:2}
.dynamo{stroke:#0969da}.fire{stroke:#bc4c00}.batch{stroke:#1a7f37}.dynamo-text{fill:#0969da}.fire-text{fill:#bc4c00}.batch-text{fill:#1a7f37}
.other{stroke:#59636e}.other-text{fill:#59636e}.queue{stroke-dasharray:5 4}.mark{stroke:#ffffff;stroke-width:1}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.text{fill:#f0f6fc}.faint{fill:#9198a1}.grid{stroke:#3d444d}
.dynamo{stroke:#4493f8}.fire{stroke:#f0883e}.batch{stroke:#3fb950}.dynamo-text{fill:#4493f8}.fire-text{fill:#f0883e}.batch-text{fill:#3fb950}
.other{stroke:#9198a1}.other-text{fill:#9198a1}.mark{stroke:#0d1117}}
text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:12px}
.title{font-size:16px;font-weight:600}.head{font-size:13px;font-weight:600}`

// A drawing is an SVG document that is being written.
type drawing struct{ bytes.Buffer }

func (d *drawing) write(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// text writes text at a place; anchor is start, middle or end.
func (d *drawing) text(x, y float64, anchor, class, text string) {
	d.write(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	d.write(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// svg draws the plot.
func (p plot) svg() []byte {
	width := len(p.panels) * (leftMargin + panelWidth + rightMargin)
	height := topMargin + panelHeight + bottomMargin
	d := &drawing{}
	d.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height, html.EscapeString(p.title))
	d.write(`<style>%s</style>`, style)
	d.write(`<rect width="%d" height="%d" class="page"/>`, width, height)
	d.text(leftMargin, 28, "start", "text title", p.title)
	for i, panel := range p.panels {
		panel.draw(d, float64(i*(leftMargin+panelWidth+rightMargin)+leftMargin))
	}
	for i, n := range p.notes {
		n.draw(d, float64(leftMargin+i*noteWidth), float64(height-18))
	}
	d.write(`</svg>`)
	return d.Bytes()
}

func (n note) draw(d *drawing, x, y float64) {
	if n.style == "" {
		d.write(`<circle cx="%.1f" cy="%.1f" r="%g" class="faint"/>`, x+12, y-4, markSize)
	} else {
		d.line(x, y-4, x+24, y-4, "line "+n.style)
	}
	d.text(x+32, y, "start", "faint", n.text)
}

// draw draws a panel whose left axis stands at x.
func (p panel) draw(d *drawing, x float64) {
	d.text(x, topMargin-18, "start", "text head", p.title)
	drawAxes(d, x)
	for _, l := range p.lines {
		l.draw(d, x)
	}
	heights := p.labelHeights()
	for i, l := range p.lines {
		d.text(x+panelWidth+8, heights[i], "start", l.textClass(), l.label)
	}
}

func drawAxes(d *drawing, x float64) {
	const bottom = topMargin + panelHeight
	for n := float64(leastSubscribers); n <= mostSubscribers; n *= 10 {
		at := x + across(n)
		d.line(at, topMargin, at, bottom+tick, "grid")
		d.text(at, bottom+20, "middle", "faint", short(n))
	}
	for exponent := math.Log10(leastDollars); exponent <= math.Log10(mostDollars); exponent++ {
		amount := math.Pow(10, exponent)
		d.line(x-tick, upTo(amount), x+panelWidth, upTo(amount), "grid")
		d.text(x-tick-4, upTo(amount)+4, "end", "faint", "$"+short(amount))
	}
	d.text(x+panelWidth/2, bottom+40, "middle", "text", "subscribers")
}

// across and upTo are where a number of subscribers, and an amount, stand on the axes.
func across(subscribers float64) float64 {
	return panelWidth * math.Log10(subscribers/leastSubscribers) / math.Log10(mostSubscribers/leastSubscribers)
}

func upTo(amount float64) float64 {
	return topMargin + panelHeight*(1-math.Log10(amount/leastDollars)/math.Log10(mostDollars/leastDollars))
}

// short writes a power of ten in little room.
func short(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%gM", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%gk", n/1e3)
	}
	return fmt.Sprintf("%.3g", n)
}

func (l line) draw(d *drawing, x float64) {
	var places bytes.Buffer
	for _, p := range l.points {
		fmt.Fprintf(&places, "%.1f,%.1f ", x+across(p.x), upTo(p.y))
	}
	d.write(`<polyline points="%s" class="line %s"/>`, bytes.TrimSpace(places.Bytes()), l.style)
	for _, p := range l.marks {
		d.write(`<circle cx="%.1f" cy="%.1f" r="%g" class="mark %s"/>`, x+across(p.x), upTo(p.y), markSize, l.textClass())
	}
}

// textClass is the class of what has the colour of a line.
func (l line) textClass() string {
	name, _, _ := bytes.Cut([]byte(l.style), []byte(" "))
	return string(name) + "-text"
}

// labelHeights returns where the labels stand: at the ends of their lines, those that would touch moved apart.
func (p panel) labelHeights() []float64 {
	order := make([]int, len(p.lines))
	heights := make([]float64, len(p.lines))
	for i, l := range p.lines {
		order[i] = i
		heights[i] = upTo(l.points[len(l.points)-1].y) + 4
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, heights[a]-heights[b])) })
	for i := 1; i < len(order); i++ {
		heights[order[i]] = max(heights[order[i]], heights[order[i-1]]+labelHeight)
	}
	return heights
}
