package patchbay;

import flex.messaging.messages.AcknowledgeMessage;
import flex.messaging.messages.AcknowledgeMessageExt;
import flex.messaging.messages.CommandMessage;
import flex.messaging.messages.ErrorMessage;
import flex.messaging.messages.Message;
import flex.messaging.messages.RemotingMessage;
import flex.messaging.util.UUIDUtils;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.regex.Pattern;

/** Flex messages made of BlazeDS's own classes, sent through AMFConnection to the target "null" as an AMFChannel does. */
final class RemoteObjectCases {
    private static final String PREFIX = "RemoteObject/";
    private static final Pattern UPPER_UUID = Pattern.compile("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}");

    private final String url;

    RemoteObjectCases(String url) {
        this.url = url;
    }

    /** One client: its DSId goes with every message. */
    static final class Client implements AutoCloseable {
        final Connection connection;
        String id = "nil";

        Client(String url) throws Exception {
            connection = new Connection(url, 3, false);
        }

        AcknowledgeMessage send(Message message, Object... headersAndValues) throws Exception {
            message.setMessageId(UUIDUtils.createUUID());
            Map<String, Object> headers = new HashMap<>(Map.of("DSId", id, "DSEndpoint", "my-amf"));
            for (int i = 0; i < headersAndValues.length; i += 2) {
                headers.put((String) headersAndValues[i], headersAndValues[i + 1]);
            }
            message.setHeaders(headers);
            Object reply = connection.call("null", message);
            Cases.check(reply instanceof AcknowledgeMessage, "reply is " + Values.show(reply));
            AcknowledgeMessage acknowledgement = (AcknowledgeMessage) reply;
            Cases.same("correlationId", acknowledgement.getCorrelationId(), message.getMessageId());
            Cases.check(UPPER_UUID.matcher(acknowledgement.getMessageId()).matches(), "messageId " + acknowledgement.getMessageId());
            return acknowledgement;
        }

        AcknowledgeMessage command(int operation, Object body, String destination, Object... headers) throws Exception {
            CommandMessage message = new CommandMessage(operation);
            message.setDestination(destination);
            message.setBody(body);
            AcknowledgeMessage reply = send(message, headers);
            if (reply.getHeader("DSId") instanceof String given) {
                id = given;
            }
            return reply;
        }

        AcknowledgeMessage ping(Object... headers) throws Exception {
            return command(CommandMessage.CLIENT_PING_OPERATION, null, "", headers);
        }

        AcknowledgeMessage login(String user, String password) throws Exception {
            byte[] credentials = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
            return command(CommandMessage.LOGIN_OPERATION, Base64.getEncoder().encodeToString(credentials), "auth",
                    "DSCredentialsCharset", "UTF-8");
        }

        Object call(String destination, String operation, Object... args) throws Exception {
            return send(remoting(destination, operation, args)).getBody();
        }

        ErrorMessage faultOf(Cases.Case body) throws Exception {
            try {
                body.run();
            } catch (Connection.Fault fault) {
                Cases.check(fault.data instanceof ErrorMessage, "fault data is " + Values.show(fault.data));
                return (ErrorMessage) fault.data;
            }
            throw new AssertionError("no fault came");
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    private static RemotingMessage remoting(String destination, String operation, Object... args) {
        RemotingMessage message = new RemotingMessage();
        message.setDestination(destination);
        message.setOperation(operation);
        message.setBody(args);
        return message;
    }

    /** What a case does with a client that has not said anything yet. */
    private interface Body {
        void run(Client client) throws Exception;
    }

    private void add(Cases cases, String name, Body body) {
        cases.add(PREFIX + name, () -> {
            try (Client client = new Client(url)) {
                body.run(client);
            }
        });
    }

    void addTo(Cases cases) {
        add(cases, "ping", client -> {
            AcknowledgeMessage reply = client.ping("DSMessagingVersion", 1);
            Cases.check(!client.id.equals("nil") && !client.id.isEmpty(), "DSId " + client.id);
            Cases.same("DSMessagingVersion", reply.getHeader("DSMessagingVersion"), 1);
            Cases.check(UPPER_UUID.matcher((String) reply.getClientId()).matches(), "clientId " + reply.getClientId());
        });
        add(cases, "configuration when asked for",
                client -> Cases.check(client.ping("DSNeedsConfig", true).getBody() != null, "no configuration"));
        Map<String, Object> values = Values.both();
        values.putAll(Values.amf3Only());
        values.put("map as object", Map.of("a", 1));
        values.put("dictionary", new Hashtable<>(Map.of("a", 1, 2, "b")));
        values.forEach((name, value) -> add(cases, "echo/" + name, client -> {
            client.ping();
            Cases.same("echo", client.call("example", "echo", value), value);
        }));
        addCalls(cases);
        addFaults(cases);
        addLogins(cases);
    }

    private void addCalls(Cases cases) {
        add(cases, "calls", client -> {
            client.ping();
            Cases.same("add", client.call("example", "add", 1, 2), 3);
            Cases.same("nothing", client.call("example", "nothing"), null);
            Cases.same("echo", client.call("example", "echo", 1, "two"), Arrays.asList(1, "two"));
            Cases.same("person", client.call("example", "person", "Ann"), new Person("Ann", Values.BORN, "a", "b"));
            Cases.same("type", client.call("example", "typeName", new Person("Ann", null)), "example.Person");
            Cases.same("type", client.call("example", "typeName", new Blob("x", 1, null)), "example.Blob");
        });
        add(cases, "session", client -> {
            client.ping();
            client.call("example", "sessionSet", "color", "blue");
            Cases.same("color", client.call("example", "sessionGet", "color"), "blue");
        });
        add(cases, "small messages when both sides want them", client -> {
            client.ping("DSMessagingVersion", 1);
            AcknowledgeMessage reply = client.send(remoting("example", "echo", "small"));
            Cases.check(reply instanceof AcknowledgeMessageExt, "got " + reply.getClass());
            Cases.same("body", reply.getBody(), "small");
        });
        add(cases, "disconnect", client -> {
            client.ping();
            client.command(CommandMessage.DISCONNECT_OPERATION, null, "");
        });
    }

    private void addFaults(Cases cases) {
        fault(cases, "deliberate", "example", "fail", "Server.Processing", "deliberate failure");
        fault(cases, "exception", "example", "raiseException", "Server.Processing", "Example Exception");
        fault(cases, "no such destination", "nosuch", "echo", "Server.Processing",
                "The supplied destination id is not registered with any service.");
        fault(cases, "no such operation", "example", "nosuch", "Server.ResourceUnavailable", "Cannot invoke method 'nosuch'.");
        fault(cases, "not logged in", "secure", "secret", "Client.Authentication", null);
    }

    private void fault(Cases cases, String name, String destination, String operation, String code, String text) {
        add(cases, "fault/" + name, client -> {
            client.ping();
            ErrorMessage fault = client.faultOf(() -> client.call(destination, operation));
            Cases.same("faultCode", fault.faultCode, code);
            if (text != null) {
                Cases.same("faultString", fault.faultString, text);
            }
        });
    }

    private void addLogins(Cases cases) {
        add(cases, "login and logout", client -> {
            client.ping();
            AcknowledgeMessage reply = client.login("correct", "correct");
            Cases.same("body", reply.getBody(), "success");
            Cases.check(reply.getHeader("DSId") != null, "no DSId in the reply to login");
            Cases.same("secret", client.call("secure", "secret"), "secret for you");
            client.command(CommandMessage.LOGOUT_OPERATION, null, "auth");
            Cases.same("code after logout", client.faultOf(() -> client.call("secure", "secret")).faultCode, "Client.Authentication");
        });
        add(cases, "wrong login", client -> {
            client.ping();
            Cases.same("code", client.faultOf(() -> client.login("correct", "wrong")).faultCode, "Client.Authentication");
            Cases.same("code", client.faultOf(() -> client.call("secure", "secret")).faultCode, "Client.Authentication");
        });
    }
}
