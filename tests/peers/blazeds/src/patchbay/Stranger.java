package patchbay;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;

/** Externalizable under an alias that the server has never heard of. */
public class Stranger implements Externalizable {
    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
        out.writeUTF("nobody knows where this ends");
    }

    @Override
    public void readExternal(ObjectInput in) {
        throw new UnsupportedOperationException("nobody sends one");
    }
}
