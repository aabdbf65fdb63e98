package patchbay;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;

/** Externalizable under the alias example.Blob: a UTF string, an int32 and one AMF3 object. */
public class Blob implements Externalizable {
    public String label;
    public int number;
    public Object content;

    public Blob() {
    }

    public Blob(String label, int number, Object content) {
        this.label = label;
        this.number = number;
        this.content = content;
    }

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
        out.writeUTF(label);
        out.writeInt(number);
        out.writeObject(content);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException, ClassNotFoundException {
        label = in.readUTF();
        number = in.readInt();
        content = in.readObject();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Blob blob && label.equals(blob.label) && number == blob.number
                && Values.equal(content, blob.content);
    }

    @Override
    public int hashCode() {
        return label.hashCode() ^ number;
    }

    @Override
    public String toString() {
        return "Blob(" + label + ", " + number + ", " + Values.show(content) + ")";
    }
}
