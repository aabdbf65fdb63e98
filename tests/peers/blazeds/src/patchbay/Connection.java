package patchbay;

import flex.messaging.io.SerializationContext;
import flex.messaging.io.amf.MessageHeader;
import flex.messaging.io.amf.client.AMFConnection;
import flex.messaging.io.amf.client.exceptions.ServerStatusException;
import java.util.ArrayList;
import java.util.List;

/** An AMFConnection that keeps the headers of the replies and gives a fault's data as an exception. */
final class Connection implements AutoCloseable {
    /** An onStatus reply. */
    static final class Fault extends Exception {
        final transient Object data;

        Fault(Object data) {
            super(Values.show(data));
            this.data = data;
        }
    }

    final AMFConnection amf = new AMFConnection();
    final List<MessageHeader> headers = new ArrayList<>();

    /** Maps go out as associative arrays (BlazeDS's own choice for a client) or as objects (what Flex sends). */
    Connection(String url, int objectEncoding, boolean mapsAsArrays) throws Exception {
        amf.setObjectEncoding(objectEncoding);
        amf.setAMFHeaderProcessor(headers::add);
        SerializationContext context = context();
        context.legacyMap = mapsAsArrays;
        amf.connect(url, context);
    }

    /** The context that AMFConnection.connect(url) makes, less its list of allowed classes, which knows BlazeDS's own only. */
    static SerializationContext context() {
        SerializationContext context = new SerializationContext();
        context.createASObjectForMissingType = true;
        context.legacyCollection = true;
        context.instantiateTypes = true;
        context.setDeserializationValidator(null);
        return context;
    }

    Object call(String target, Object... args) throws Exception {
        headers.clear();
        try {
            return amf.call(target, args);
        } catch (ServerStatusException e) {
            throw new Fault(e.getData());
        }
    }

    /** Makes a call that must fail and returns the fault. */
    Fault faultOf(String target, Object... args) throws Exception {
        try {
            Object result = call(target, args);
            throw new AssertionError(target + " gave " + Values.show(result) + " instead of a fault");
        } catch (Fault fault) {
            return fault;
        }
    }

    @Override
    public void close() {
        amf.close();
    }
}
