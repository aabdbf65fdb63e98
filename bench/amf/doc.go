// Amf measures Patchbay's AMF side by side with BlazeDS and Py3AMF, in one sitting, in CPU time.
//
//	go run ./bench/amf [--json] [--rounds N] [--part codec|http]
//
// The codec part decodes and encodes 1,000 typed objects of ten fields, as a value and as a whole remoting packet. Each
// program runs as a process of its own that is asked for one measurement at a time, in turn with the others, so that whatever
// else the machine does meanwhile meets all of them alike. The HTTP part calls a RemoteObject's echo over HTTP and asks what
// CPU time the server takes per call, beside a bare net/http handler that answers with the same bytes.
//
// "make bench-amf" installs what the other programs need and runs this.
package main
