package patchbay;

import flex.messaging.io.amf.ASObject;
import flex.messaging.io.amf.MessageBody;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plain calls as AMFConnection makes them, in one AMF version: one 0x11 value that holds all arguments in AMF3. */
final class NetConnectionCases {
    private final String url;
    private final int encoding;
    private final String prefix;

    NetConnectionCases(String url, int encoding) {
        this.url = url;
        this.encoding = encoding;
        this.prefix = "AMF" + encoding + "/";
    }

    /** What a case does with a fresh connection. */
    private interface Body {
        void run(Connection connection) throws Exception;
    }

    void addTo(Cases cases) {
        Map<String, Object> values = Values.both();
        if (encoding == 3) {
            values.putAll(Values.amf3Only());
            values.put("map as associative array", new LinkedHashMap<>(Map.of("a", 1)));
        }
        values.forEach((name, value) -> add(cases, "echo/" + name,
                c -> Cases.same("echo", c.call("example.echo", value), value)));
        addCalls(cases);
        addFaults(cases);
        addSessions(cases);
        cases.add(prefix + "batch", this::batch);
        cases.add(prefix + "equal response URIs in one packet", this::duplicates);
    }

    private void add(Cases cases, String name, Body body) {
        cases.add(prefix + name, () -> {
            try (Connection connection = new Connection(url, encoding, true)) {
                body.run(connection);
            }
        });
    }

    private void addCalls(Cases cases) {
        add(cases, "add", c -> Cases.same("sum", c.call("example.add", 1, 2), 3));
        add(cases, "add of fractions", c -> Cases.same("sum", c.call("example.add", 1.5, -4), -2.5));
        add(cases, "second name of the service", c -> Cases.same("sum", c.call("ExampleService.add", 1, 2), 3));
        add(cases, "nothing", c -> Cases.same("result", c.call("example.nothing"), null));
        add(cases, "echo of several arguments",
                c -> Cases.same("list", c.call("example.echo", 1, "two", null), Arrays.asList(1, "two", null)));
        add(cases, "person",
                c -> Cases.same("person", c.call("example.person", "Ann"), new Person("Ann", Values.BORN, "a", "b")));
        add(cases, "typeName of a Person",
                c -> Cases.same("type", c.call("example.typeName", new Person("Ann", null)), "example.Person"));
        add(cases, "typeName of a Blob",
                c -> Cases.same("type", c.call("example.typeName", new Blob("x", 1, null)), "example.Blob"));
        add(cases, "countdown without interim results", c -> Cases.same("result", c.call("example.countdown", 3), "done"));
        add(cases, "one object twice in a list", this::shared);
        add(cases, "one object as two arguments", this::sharedArguments);
    }

    private void shared(Connection connection) throws Exception {
        Person ann = new Person("Ann", Values.BORN, "x");
        Object got = connection.call("example.echo", Arrays.asList(ann, ann));
        List<?> both = got instanceof List<?> list ? list : Arrays.asList((Object[]) got);
        Cases.same("first", both.get(0), ann);
        Cases.check(both.get(0) == both.get(1), "two objects came back for one");
    }

    private void sharedArguments(Connection connection) throws Exception {
        Person ann = new Person("Ann", Values.BORN, "x");
        Object got = connection.call("example.echo", ann, ann);
        List<?> both = got instanceof List<?> list ? list : Arrays.asList((Object[]) got);
        Cases.same("first", both.get(0), ann);
        Cases.check(both.get(0) == both.get(1), "two objects came back for one");
    }

    private void addFaults(Cases cases) {
        fault(cases, "deliberate", "Server.Processing", "deliberate failure", "example.fail");
        fault(cases, "exception", "Server.Processing", "Example Exception", "example.raiseException");
        fault(cases, "no such service", "Server.Processing", null, "nosuch.echo", 1);
        fault(cases, "no such method", "Server.ResourceUnavailable", null, "example.nosuch", 1);
        fault(cases, "argument missing", "Server.ResourceUnavailable", null, "example.add", 1);
        fault(cases, "argument of another type", "Server.ResourceUnavailable", null, "example.add", new Person(), 2);
        fault(cases, "not logged in", "Client.Authentication", null, "secure.secret");
        if (encoding == 3) { // in AMF0 an externalizable goes out as a bean
            add(cases, "class that the server cannot read", this::unreadable);
        }
    }

    private void unreadable(Connection connection) throws Exception {
        Cases.same("code", member(connection.faultOf("example.echo", new Stranger()), "code"), "Client.Packet.Encoding");
        Cases.same("sum", connection.call("example.add", 1, 2), 3);
    }

    private void fault(Cases cases, String name, String code, String text, String target, Object... args) {
        add(cases, "fault/" + name, c -> {
            Connection.Fault fault = c.faultOf(target, args);
            Cases.same("code", member(fault, "code"), code);
            Cases.check(member(fault, "message") instanceof String, "a fault without a message");
            if (text != null) {
                Cases.same("message", member(fault, "message"), text);
            }
        });
    }

    private static Object member(Connection.Fault fault, String name) {
        Cases.check(fault.data instanceof ASObject, "fault data is " + Values.show(fault.data));
        return ((ASObject) fault.data).get(name);
    }

    private void addSessions(Cases cases) {
        add(cases, "session by cookie", c -> {
            c.call("example.sessionSet", "color", "blue");
            Cases.same("color", c.call("example.sessionGet", "color"), "blue");
        });
        add(cases, "session by AppendToGatewayUrl", this::sessionByURL);
        add(cases, "sessions are apart", c -> {
            c.call("example.sessionSet", "color", "blue");
            try (Connection other = new Connection(url, encoding, true)) {
                Cases.same("color elsewhere", other.call("example.sessionGet", "color"), null);
            }
        });
        add(cases, "Credentials header", c -> {
            c.amf.addAmfHeader("Credentials", true, Values.object("userid", "correct", "password", "correct"));
            Cases.same("secret", c.call("secure.secret"), "secret for you");
            Cases.same("headers: credentials of one packet make no session", c.headers.size(), 0);
            c.amf.removeAllAmfHeaders();
            Cases.same("code", member(c.faultOf("secure.secret"), "code"), "Client.Authentication");
        });
        add(cases, "wrong Credentials header", c -> {
            c.amf.addAmfHeader("Credentials", true, Values.object("userid", "correct", "password", "wrong"));
            Cases.same("code", member(c.faultOf("secure.secret"), "code"), "Client.Authentication");
        });
    }

    private void sessionByURL(Connection connection) throws Exception {
        connection.call("example.sessionSet", "color", "red");
        Object suffix = connection.headers.stream().filter(h -> h.getName().equals("AppendToGatewayUrl"))
                .map(h -> h.getData()).findFirst().orElse(null);
        Cases.check(suffix instanceof String, "AppendToGatewayUrl did not come");
        try (Connection other = new Connection(url + suffix, encoding, true)) {
            Cases.same("color", other.call("example.sessionGet", "color"), "red");
        }
    }

    private void batch() throws Exception {
        List<MessageBody> replies = Packets.exchange(url, encoding, Packets.body("example.add", "/1", 1, 2),
                Packets.body("example.fail", "/2"), Packets.body("example.echo", "/3", "three"));
        Cases.same("targets", replies.stream().map(MessageBody::getTargetURI).toList(),
                List.of("/1/onResult", "/2/onStatus", "/3/onResult"));
        Cases.same("first", replies.get(0).getData(), 3);
        Cases.same("third", replies.get(2).getData(), "three");
    }

    private void duplicates() throws Exception {
        List<MessageBody> replies = Packets.exchange(url, encoding, Packets.body("example.add", "/1", 1, 1),
                Packets.body("example.add", "/1", 2, 2));
        Cases.same("results", replies.stream().map(MessageBody::getData).toList(), List.of(2, 4));
    }
}
