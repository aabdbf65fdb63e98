package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

func printCodecs(out io.Writer, results []codecResult) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintf(out, "CPU time of one pass over %d objects\n\n", payloadObjects)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "measure\tprogram\tbest ms\tmedian ms\twith GC ms\ttimes ours\tallocs per object\t")
	for _, r := range results {
		allocs := ""
		if r.Allocs > 0 {
			allocs = fmt.Sprintf("%.2f", r.Allocs)
		}
		fmt.Fprintf(table, "%s\t%s\t%.3f\t%.3f\t%.3f\t%.2f\t%s\t\n", r.Measure, r.Program, r.Best, r.Median, r.Whole, r.Ratio, allocs)
	}
	_ = table.Flush()
	fmt.Fprintln(out)
}

func printHTTP(out io.Writer, results []httpResult) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintf(out, "RemoteObject echo of a short string over HTTP, %d connections\n\n", connections)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "server\treply body, bytes\twith headers\tcalls/s\tserver CPU per call, us\tspeed by calls/s, bare handler = 1\tby CPU\t")
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.0f\t%.1f\t%.2f\t%.2f\t\n", r.Server, r.Body, r.Reply, r.Rate, r.CPU, r.RateRatio, r.CPURatio)
	}
	_ = table.Flush()
	fmt.Fprintln(out)
}
