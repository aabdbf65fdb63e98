package main

// A tariff is what a vendor asks for the use of a store, in US dollars for a million.
type tariff struct {
	name   string
	kind   string // whose counted units it is for
	read   float64
	write  float64
	expire float64 // of removing an item by its time to live
	source string
}

// The price lists of the vendors' cheapest large regions. They change: docs/costs.md says how to compute anew.
var tariffs = []tariff{
	{
		name: "DynamoDB on demand", kind: "dynamodb", read: 0.125, write: 0.625, expire: 0,
		source: "Amazon DynamoDB pricing for on-demand capacity, us-east-1, October 2026: $0.125 a million read request units, " +
			"$0.625 a million write request units, deletes by time to live free",
	},
	{
		name: "Firestore Standard", kind: "firestore", read: 0.30, write: 0.90, expire: 0.10,
		source: "Firestore pricing, Standard edition, us-central1, October 2026: $0.30 a million document reads (a query is at least one), " +
			"$0.90 a million writes, $0.10 a million deletes, those by time to live too",
	},
	{
		name: "Firestore Enterprise", kind: "firestore", read: 0.05, write: 0.26, expire: 0.26,
		source: "Firestore pricing, Enterprise edition, us-central1, October 2026: $0.05 a million read units (4 KiB), " +
			"$0.26 a million write units (1 KiB), deletes too",
	},
}

// A door is what stands between a client and the function that asks the store, in US dollars for a million requests.
type door struct {
	name    string
	request float64
	source  string
}

var doors = []door{
	{"function URL", 0, "AWS Lambda pricing, October 2026: no fee of its own"},
	{"HTTP API", 1.00, "Amazon API Gateway pricing, us-east-1, October 2026: $1.00 a million, by 512 KB"},
	{"REST API", 3.50, "Amazon API Gateway pricing, us-east-1, October 2026: $3.50 a million"},
}

// A function is what running for a request costs.
type function struct {
	request   float64 // dollars for a million
	gbSecond  float64 // dollars
	gigabytes float64
	seconds   float64
	source    string
}

// The size and time that a small poll takes are those of a small function that is warm.
var lambda = function{
	request: 0.20, gbSecond: 0.0000133334, gigabytes: 0.25, seconds: 0.010,
	source: "AWS Lambda pricing, arm64, us-east-1, October 2026: $0.20 a million requests, $0.0000133334 a GB-second; 256 MB for 10 ms",
}

// million is what a million requests cost.
func (f function) million() float64 { return f.request + f.gigabytes*f.seconds*f.gbSecond*1e6 }

// million is what a million operations cost that are charged so much each, and leave so many items behind that expire.
func (t tariff) million(u units, expiring float64) float64 {
	return u.Reads*t.read + u.Writes*t.write + expiring*t.expire
}
