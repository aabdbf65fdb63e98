"""Flex messages as RemoteObject and its AMFChannel send them. Every case gets the server's URL."""

import uuid

import pyamf
from pyamf import remoting
from pyamf.flex import messaging

from cases import case, cases_for, same
from example import Blob, Person, Stranger
from remoteobject import Fault, RemoteObject, text_of
from values import AMF3_ONLY, BORN, BOTH, equal


def connected(url, **options):
    client = RemoteObject(url, **options)
    client.ping()
    return client


def fault_of(function, *args, **headers):
    try:
        result = function(*args, **headers)
    except Fault as fault:
        return fault
    raise AssertionError(f"got {result!r} instead of a fault")


@case("RemoteObject/ping")
def ping(url):
    client = RemoteObject(url)
    reply = client.ping(DSMessagingVersion=1)
    assert isinstance(client.ds_id, str) and client.ds_id not in ("", "nil"), f"DSId {client.ds_id!r}"
    same(reply.headers.get("DSMessagingVersion"), 1, "DSMessagingVersion")


@case("RemoteObject/a second ping keeps the id")
def ping_again(url):
    client = connected(url)
    first = client.ds_id
    client.ping()
    same(client.ds_id, first, "DSId")


@case("RemoteObject/an id that the server did not make")
def foreign_id(url):
    client = RemoteObject(url, ds_id="11111111-2222-3333-4444-555555555555")
    same(client.call("example", "add", 1, 2), 3)
    fault = fault_of(client.call, "example", "sessionSet", "a", 1)
    same(fault.code, "Server.Processing.DuplicateSessionDetected", "code")
    reply = client.ping()
    assert reply.headers["DSId"] != "11111111-2222-3333-4444-555555555555", "a made-up id was adopted"


@case("RemoteObject/configuration when asked for")
def configuration(url):
    reply = RemoteObject(url).ping(DSNeedsConfig=True)
    assert reply.body is not None, "no configuration"
    same(RemoteObject(url).ping().body, None, "body of a ping that asks for none")


@cases_for("RemoteObject/echo", BOTH + AMF3_ONLY)
def echo(url, value):
    got = connected(url).call("example", "echo", value)
    if not equal(got, value):
        raise AssertionError(f"echo: got {got!r} ({type(got)}), want {value!r} ({type(value)})")


@case("RemoteObject/calls")
def calls(url):
    client = connected(url)
    same(client.call("example", "add", 1, 2), 3)
    same(client.call("example", "nothing"), None)
    same(client.call("example", "echo", 1, "two"), [1, "two"])
    same(client.call("example", "person", "Ann"), Person("Ann", BORN, ["a", "b"]))
    same(client.call("example", "typeName", Person("Ann")), "example.Person")
    same(client.call("example", "typeName", Blob("x", 1, [])), "example.Blob")
    same(client.call("ExampleService", "add", 20, 22), 42)


@case("RemoteObject/call without a ping before")
def call_first(url):
    same(RemoteObject(url).call("example", "add", 1, 2), 3)


@case("RemoteObject/the client's own clientId comes back")
def client_id(url):
    client = connected(url)
    client.client_id = "0B7AFD0E-1234-4ABC-8DEF-0123456789AB"
    reply = client.send(client.remoting_message("example", "nothing"))
    same(reply.clientId, client.client_id, "clientId")


FAULTS = [
    ("deliberate", "example", "fail", [], "Server.Processing", "deliberate failure"),
    ("exception", "example", "raiseException", [], "Server.Processing", "Example Exception"),
    ("no such destination", "nosuch", "echo", [1], "Server.Processing",
     "The supplied destination id is not registered with any service."),
    ("no such operation", "example", "nosuch", [1], "Server.ResourceUnavailable", "Cannot invoke method 'nosuch'."),
    ("argument missing", "example", "add", [1], "Server.ResourceUnavailable", None),
    ("not logged in", "secure", "secret", [], "Client.Authentication", None),
]


@cases_for("RemoteObject/fault", FAULTS)
def faults(url, destination, operation, args, code, text):
    fault = fault_of(connected(url).call, destination, operation, *args)
    same(fault.code, code, "faultCode")
    assert fault.text, "a fault without a text"
    if text is not None:
        same(fault.text, text, "faultString")


@case("RemoteObject/class that the server cannot read")
def unknown_externalizable(url):
    client = connected(url)
    service = client.connection.service
    message = client.prepare(client.remoting_message("example", "echo", Stranger()))
    reply = service.execute_single(service.addRequest("null", message))
    same(reply.status, remoting.STATUS_ERROR, "status")
    same(client.call("example", "add", 1, 2), 3)


@case("RemoteObject/session")
def session(url):
    first, second = connected(url), connected(url)
    first.call("example", "sessionSet", "color", "blue")
    second.call("example", "sessionSet", "color", "red")
    same(first.call("example", "sessionGet", "color"), "blue")
    same(second.call("example", "sessionGet", "color"), "red")
    same(first.call("example", "sessionGet", "nothing there"), None)


@case("RemoteObject/login and logout")
def login(url):
    client = connected(url)
    reply = client.login("correct", "correct")
    same(reply.body, "success", "body")
    assert reply.headers.get("DSId"), "no DSId in the reply to login"
    same(client.call("secure", "secret"), "secret for you")
    client.logout()
    same(fault_of(client.call, "secure", "secret").code, "Client.Authentication", "after logout")


@case("RemoteObject/login as the first message")
def login_first(url):
    client = RemoteObject(url)
    client.login("correct", "correct")
    assert client.ds_id != "nil", "no DSId in the reply to login"
    same(client.call("secure", "secret"), "secret for you")


@case("RemoteObject/login is one client's own")
def login_apart(url):
    first, second = connected(url), connected(url)
    first.login("correct", "correct")
    same(fault_of(second.call, "secure", "secret").code, "Client.Authentication")


@case("RemoteObject/wrong login")
def wrong_login(url):
    client = connected(url)
    same(fault_of(client.login, "correct", "wrong").code, "Client.Authentication", "wrong password")
    same(fault_of(client.login, "nobody", "correct").code, "Client.Authentication", "wrong user")
    same(fault_of(client.call, "secure", "secret").code, "Client.Authentication", "secret after a wrong login")


@cases_for("RemoteObject/malformed login", [("no base64", "!!"), ("no colon", "Y29ycmVjdA=="), ("null", None)])
def malformed_login(url, body):
    operation = messaging.CommandMessage.LOGIN_OPERATION
    fault_of(connected(url).command, operation, body, "auth")


@case("RemoteObject/disconnect")
def disconnect(url):
    client = connected(url)
    same(client.disconnect().body, None, "body")
    same(client.call("example", "add", 1, 2), 3)


@cases_for("RemoteObject/command", [("trigger connect", 13), ("client sync", 4)])
def commands(url, operation):
    connected(url).command(operation)


@case("RemoteObject/command/cluster request")
def cluster_request(url):
    reply = connected(url).command(messaging.CommandMessage.CLUSTER_REQUEST_OPERATION, destination="example")
    assert reply.body is False or isinstance(reply.body, list), repr(reply.body)


@case("RemoteObject/command/unknown")
def unknown_command(url):
    fault = fault_of(connected(url).command, 4711)
    same(fault.code, "Server.Processing", "faultCode")
    same(fault.text, "Unknown CommandMessage operation: 4711", "faultString")


@case("RemoteObject/message without an id")
def no_message_id(url):
    client = connected(url)
    message = client.prepare(client.remoting_message("example", "nothing"))
    message.messageId = None
    service = client.connection.service
    reply = service.execute_single(service.addRequest("null", message))
    same(reply.body.faultCode, "Server.Processing.NullId", "faultCode")


@case("RemoteObject/batch")
def batch(url):
    client = connected(url)
    replies = client.batch(
        client.remoting_message("example", "add", 1, 2),
        client.remoting_message("example", "fail"),
        client.remoting_message("example", "echo", "three"),
    )
    same(replies[0].body, 3)
    same(replies[1].text, "deliberate failure")
    same(replies[2].body, "three")


@case("RemoteObject/equal response URIs in one packet")
def duplicates(url):
    client = connected(url)
    messages = [client.prepare(client.remoting_message("example", "add", n, n)) for n in (1, 2, 3)]
    envelope = remoting.Envelope(pyamf.AMF3)
    envelope.bodies = [("/1", remoting.Request("null", [message])) for message in messages]
    replies = client.connection.exchange(envelope)
    same([reply.body.body for _, reply in replies], [2, 4, 6], "results")
    same([reply.body.correlationId for _, reply in replies], [m.messageId for m in messages], "correlationIds")


@case("RemoteObject/small messages when both sides want them")
def small(url):
    client = connected(url, small=True)
    reply = client.send(client.remoting_message("example", "echo", ["a", 1]))
    assert type(reply) is messaging.AcknowledgeMessageExt, f"got {type(reply)}"
    same(reply.body, ["a", 1], "body")


@case("RemoteObject/full messages when the client does not ask for small ones")
def full(url):
    client = connected(url)
    reply = client.send(client.remoting_message("example", "nothing"))
    assert type(reply) is messaging.AcknowledgeMessage, f"got {type(reply)}"


@case("RemoteObject/small message from the client")
def small_request(url):
    client = connected(url, small=True)
    identifier = uuid.uuid4()  # as UUID and not as text: then Py3AMF writes its 16 bytes
    message = client.prepare(messaging.CommandMessage(operation=5, messageId=identifier)).getSmallMessage()
    message.timestamp = message.timeToLive = None
    service = client.connection.service
    reply = service.execute_single(service.addRequest("null", message))
    same(text_of(reply.body.correlationId), text_of(identifier), "correlationId")
