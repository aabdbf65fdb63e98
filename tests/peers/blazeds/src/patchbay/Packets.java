package patchbay;

import flex.messaging.io.amf.ActionContext;
import flex.messaging.io.amf.ActionMessage;
import flex.messaging.io.amf.AmfMessageDeserializer;
import flex.messaging.io.amf.AmfMessageSerializer;
import flex.messaging.io.amf.MessageBody;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;

/** Packets of several bodies, which AMFConnection cannot send. */
final class Packets {
    private Packets() {
    }

    static MessageBody body(String target, String response, Object... args) {
        return new MessageBody(target, response, args);
    }

    /** Sends the bodies in one packet and returns those of the reply. */
    static List<MessageBody> exchange(String url, int objectEncoding, MessageBody... bodies) throws Exception {
        ActionMessage request = new ActionMessage(objectEncoding);
        for (MessageBody body : bodies) {
            request.addBody(body);
        }
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        AmfMessageSerializer serializer = new AmfMessageSerializer();
        serializer.initialize(Connection.context(), packet, null);
        serializer.writeMessage(request);

        HttpURLConnection http = (HttpURLConnection) new URL(url).openConnection();
        http.setDoOutput(true);
        http.setRequestProperty("Content-Type", "application/x-amf");
        packet.writeTo(http.getOutputStream());
        try (InputStream answer = http.getInputStream()) {
            ActionMessage reply = new ActionMessage();
            AmfMessageDeserializer deserializer = new AmfMessageDeserializer();
            deserializer.initialize(Connection.context(), answer, null);
            deserializer.readMessage(reply, new ActionContext());
            List<MessageBody> replies = new ArrayList<>();
            for (Object body : reply.getBodies()) {
                replies.add((MessageBody) body);
            }
            return replies;
        }
    }
}
