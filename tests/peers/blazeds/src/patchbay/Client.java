package patchbay;

import flex.messaging.io.SerializationContext;
import flex.messaging.io.amf.client.AMFConnection;
import flex.messaging.messages.AcknowledgeMessageExt;
import flex.messaging.messages.AsyncMessageExt;

/** BlazeDS's AMFConnection as a client of the example services: Client URL [NAME] runs every case whose name contains NAME. */
public final class Client {
    private Client() {
    }

    public static void main(String[] args) {
        AMFConnection.registerAlias("example.Person", Person.class.getName());
        AMFConnection.registerAlias("example.Blob", Blob.class.getName());
        AMFConnection.registerAlias("example.Stranger", Stranger.class.getName());
        AMFConnection.registerAlias("DSK", AcknowledgeMessageExt.class.getName());
        AMFConnection.registerAlias("DSA", AsyncMessageExt.class.getName());
        // Which classes may be made is asked of the thread's context, not of the connection's.
        SerializationContext.setSerializationContext(Connection.context());
        Cases cases = new Cases();
        new NetConnectionCases(args[0], 0).addTo(cases);
        new NetConnectionCases(args[0], 3).addTo(cases);
        new RemoteObjectCases(args[0]).addTo(cases);
        new ConsumerCases(args[0]).addTo(cases);
        cases.run(args.length > 1 ? args[1] : "");
    }
}
