package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/patchbay-go/patchbay/core"
)

// An answer that has come tells what it costs, so that is charged (ReturnConsumedCapacity). Three things are billed and not told, by
// AWS or by what stands in for it in tests:
//
//   - A read that finds nothing costs as much as one of the smallest item: 1 unit for a key, also in a batch, and 1 for a query. DynamoDB
//     Local says 0 for an empty query, and for absent keys of a batch.
//   - A write that fails on its condition costs as much as if it had been done, and its error tells no units.
//   - A read for nothing else than to know a write again is one more read.
//
// Attempts that were throttled are not billed. Those whose answer was lost may have been, and are not charged.

// chargeRead charges a read: what was told, and at least so many units.
func chargeRead(ctx context.Context, told *types.ConsumedCapacity, least int) {
	core.Charge(ctx, core.Units{Reads: atLeast(least, told)})
}

// chargeWrite charges a write that was done.
func chargeWrite(ctx context.Context, told *types.ConsumedCapacity) {
	core.Charge(ctx, core.Units{Writes: atLeast(1, told)})
}

// chargeConflict charges a write that failed on its condition: by the greater of what was to be written and what stood there, where that
// is known.
func chargeConflict(ctx context.Context, written, present attributes) {
	size := max(sizeOf(written), sizeOf(present))
	core.Charge(ctx, core.Units{Writes: float64(units(size, unitOfWriting))})
}

// How many bytes a unit pays for.
const (
	unitOfReading = 4 << 10
	unitOfWriting = 1 << 10
)

func units(size, unit int) int { return max(1, (size+unit-1)/unit) }

// unitsOf returns what it costs to read items by their keys, each for itself.
func unitsOf(found []attributes) int {
	sum := 0
	for _, a := range found {
		sum += units(sizeOf(a), unitOfReading)
	}
	return sum
}

func atLeast(least int, told *types.ConsumedCapacity) float64 {
	if told == nil || told.CapacityUnits == nil {
		return float64(least)
	}
	return max(float64(least), *told.CapacityUnits)
}

// sizeOf returns an item's size as DynamoDB counts it: names and values.
func sizeOf(a attributes) int {
	size := 0
	for name, value := range a {
		size += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			size += len(v.Value)
		case *types.AttributeValueMemberB:
			size += len(v.Value)
		case *types.AttributeValueMemberN:
			size += (len(v.Value)+1)/2 + 1 // two digits to a byte, and one more
		}
	}
	return size
}
