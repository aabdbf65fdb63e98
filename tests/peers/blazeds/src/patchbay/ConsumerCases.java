package patchbay;

import flex.messaging.io.amf.Amf3Input;
import flex.messaging.messages.AcknowledgeMessage;
import flex.messaging.messages.AsyncMessage;
import flex.messaging.messages.CommandMessage;
import flex.messaging.messages.ErrorMessage;
import flex.messaging.messages.Message;
import flex.messaging.util.UUIDUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Producers and Consumers over polling, long polling and streaming channels, with BlazeDS's own message classes. */
final class ConsumerCases {
    private static final String PREFIX = "Consumer/";

    private final String url;

    ConsumerCases(String url) {
        this.url = url;
    }

    void addTo(Cases cases) {
        cases.add(PREFIX + "poll", () -> poll(false));
        cases.add(PREFIX + "poll with small messages", () -> poll(true));
        cases.add(PREFIX + "the same poll again gets the same messages", this::retriedPoll);
        cases.add(PREFIX + "what was not confirmed comes again after a reconnect", this::rollback);
        cases.add(PREFIX + "wildcards and selectors", this::filters);
        cases.add(PREFIX + "several subtopics at once", this::several);
        cases.add(PREFIX + "not subscribed", this::notSubscribed);
        cases.add(PREFIX + "long polling", this::longPolling);
        cases.add(PREFIX + "stream", () -> stream(false));
        cases.add(PREFIX + "stream with small messages", () -> stream(true));
    }

    private RemoteObjectCases.Client connected(String at, boolean small) throws Exception {
        RemoteObjectCases.Client client = new RemoteObjectCases.Client(at);
        if (small) {
            client.ping("DSMessagingVersion", 1);
        } else {
            client.ping();
        }
        return client;
    }

    private static String freshSubtopic() {
        return "case-" + UUIDUtils.createUUID();
    }

    /** Subscribes and returns the consumer's clientId, which the server makes. */
    private static String subscribe(RemoteObjectCases.Client client, Object... headers) throws Exception {
        AcknowledgeMessage reply = client.command(CommandMessage.SUBSCRIBE_OPERATION, null, "messages", headers);
        return (String) reply.getClientId();
    }

    private void publish(Object body, Object... headers) throws Exception {
        try (RemoteObjectCases.Client client = connected(url, false)) {
            AsyncMessage message = new AsyncMessage();
            message.setDestination("messages");
            message.setBody(body);
            client.send(message, headers);
        }
    }

    /** Polls and returns the messages. */
    private static List<AsyncMessage> messages(RemoteObjectCases.Client client, String id) throws Exception {
        CommandMessage message = new CommandMessage(CommandMessage.POLL_OPERATION);
        message.setMessageId(id);
        message.setHeaders(new HashMap<>(Map.of("DSId", client.id)));
        Object reply = client.connection.call("null", message);
        List<AsyncMessage> found = new ArrayList<>();
        if (reply instanceof CommandMessage command) {
            Cases.same("operation", command.getOperation(), CommandMessage.CLIENT_SYNC_OPERATION);
            // Not an ArrayCollection, which is an ArrayList too: a Flex channel drops that.
            Cases.same("class of the body", command.getBody().getClass(), ArrayList.class);
            for (Object pushed : (List<?>) command.getBody()) {
                Cases.same("class", pushed.getClass(), AsyncMessage.class);
                found.add((AsyncMessage) pushed);
            }
        } else {
            Cases.check(reply instanceof AcknowledgeMessage, "reply is " + Values.show(reply));
        }
        return found;
    }

    private static List<Object> bodies(RemoteObjectCases.Client client) throws Exception {
        return bodies(messages(client, UUIDUtils.createUUID()));
    }

    private static List<Object> bodies(List<AsyncMessage> messages) {
        List<Object> found = new ArrayList<>();
        messages.forEach(message -> found.add(message.getBody()));
        return found;
    }

    private void poll(boolean small) throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, small)) {
            String consumer = subscribe(client, "DSSubtopic", topic);
            Cases.same("before anything is published", bodies(client), List.of());
            publish("hello", "DSSubtopic", topic);
            AsyncMessage message = messages(client, UUIDUtils.createUUID()).get(0);
            Cases.same("body", message.getBody(), "hello");
            Cases.same("clientId", message.getClientId(), consumer);
            Cases.same("destination", message.getDestination(), "messages");
            Cases.same("DSSubtopic", message.getHeader("DSSubtopic"), topic);
            Cases.check(message.getTimestamp() > 0, "no timestamp");
            Cases.same("a second poll", bodies(client), List.of());
        }
    }

    private void retriedPoll() throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, false)) {
            subscribe(client, "DSSubtopic", topic);
            publish("once", "DSSubtopic", topic);
            String id = UUIDUtils.createUUID();
            Cases.same("first", bodies(messages(client, id)), List.of("once"));
            Cases.same("the same again", bodies(messages(client, id)), List.of("once"));
            Cases.same("the next", bodies(client), List.of());
        }
    }

    private void rollback() throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, false)) {
            subscribe(client, "DSSubtopic", topic);
            publish("kept", "DSSubtopic", topic);
            Cases.same("first", bodies(client), List.of("kept"));
            client.ping();
            Cases.same("after the reconnect", bodies(client), List.of("kept"));
            Cases.same("once confirmed", bodies(client), List.of());
        }
    }

    private void filters() throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, false)) {
            subscribe(client, "DSSubtopic", topic + ".*", "DSSelector", "price > 10");
            publish("cheap", "DSSubtopic", topic + ".a", "price", 5);
            publish("elsewhere", "DSSubtopic", topic, "price", 50);
            publish("wanted", "DSSubtopic", topic + ".a.b", "price", 50);
            Cases.same("bodies", bodies(client), List.of("wanted"));
        }
    }

    private void several() throws Exception {
        String one = freshSubtopic();
        String two = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, false)) {
            client.command(CommandMessage.MULTI_SUBSCRIBE_OPERATION, null, "messages", "DSAddSub", new Object[] {one + "_;_", two + "_;_"});
            publish("both", "DSSubtopic", new Object[] {one, two});
            Cases.same("bodies", bodies(client), List.of("both"));
        }
    }

    private void notSubscribed() throws Exception {
        try (RemoteObjectCases.Client client = connected(url, false)) {
            ErrorMessage fault = client.faultOf(() -> bodies(client));
            Cases.same("code", fault.faultCode, "Server.Processing.NotSubscribed");
        }
    }

    private void longPolling() throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url.replace("/amf", "/longPoll"), false)) {
            subscribe(client, "DSSubtopic", topic);
            Thread late = new Thread(() -> {
                try {
                    Thread.sleep(500);
                    publish("late", "DSSubtopic", topic);
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
            });
            late.start();
            long start = System.nanoTime();
            Cases.same("bodies", bodies(client), List.of("late"));
            long took = (System.nanoTime() - start) / 1_000_000;
            Cases.check(took > 400 && took < 10_000, "the poll took " + took + " ms");
            late.join();
        }
    }

    private void stream(boolean small) throws Exception {
        String topic = freshSubtopic();
        try (RemoteObjectCases.Client client = connected(url, small)) {
            String consumer = subscribe(client, "DSSubtopic", topic);
            HttpURLConnection http = (HttpURLConnection) new URL(url + "?command=open&version=1").openConnection();
            http.setDoOutput(true);
            http.setReadTimeout(30_000);
            http.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
            http.getOutputStream().write(("DSId=" + client.id).getBytes(StandardCharsets.US_ASCII));
            Cases.same("content type", http.getContentType(), "application/x-amf");
            try (InputStream in = http.getInputStream()) {
                AcknowledgeMessage first = (AcknowledgeMessage) frame(in);
                Cases.same("correlationId", first.getCorrelationId(), "open");
                Cases.same("length of the stream's id", ((String) first.getBody()).length(), 36);
                for (int n = 0; n < 5; n++) {
                    publish(n, "DSSubtopic", topic);
                    Message message = frame(in);
                    Cases.same("body", message.getBody(), n);
                    Cases.same("clientId", message.getClientId(), consumer);
                }
            } finally {
                http.disconnect();
            }
        }
    }

    /** The next message of a stream: its length in hex, CR LF, its bytes. Bare zero bytes between frames are heartbeats. */
    private static Message frame(InputStream in) throws Exception {
        StringBuilder length = new StringBuilder();
        for (int b = in.read(); b != '\n' || length.length() == 0; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the stream has ended");
            }
            if (b > ' ') {
                length.append((char) b);
            }
        }
        byte[] data = read(in, Integer.parseInt(length.toString(), 16));
        if (data[0] == 0) {
            return frame(in); // padding for browsers
        }
        Amf3Input input = new Amf3Input(Connection.context());
        input.setInputStream(new ByteArrayInputStream(data));
        return (Message) input.readObject();
    }

    private static byte[] read(InputStream in, int length) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(in.readNBytes(length));
        Cases.same("bytes of a frame", out.size(), length);
        return out.toByteArray();
    }
}
