package amf

// An ExternalOutput writes the bytes of one externalizable object.
type ExternalOutput struct{}

// Value writes the member of that name as one AMF3 value.
func (out *ExternalOutput) Value(name string) {}

// WriteExternal implements External.
func (s smallMessage) WriteExternal(out *ExternalOutput) {}

// WriteExternal implements External.
func (managedProxy) WriteExternal(out *ExternalOutput) {}
