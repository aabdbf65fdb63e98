package main

// heapFloor is memory that is never touched and so takes none from the machine. The collector counts it, and begins when the heap
// has doubled: after some tens of megabytes rather than after the four that a small server would be given, many times a second.
const heapFloor = 32 << 20
