"""Plain calls as NetConnection.call makes them, in AMF0 and AMF3. Every case gets the server's URL."""

import pyamf
from pyamf import remoting

from cases import case, cases_for, same
from example import Blob, Person, Stranger
from netconnection import Fault, NetConnection
from values import AMF0_ONLY, AMF3_ONLY, BORN, BOTH, equal

VERSIONS = [("AMF0", pyamf.AMF0), ("AMF3", pyamf.AMF3)]


def fault_of(connection, target, *args):
    try:
        result = connection.call(target, *args)
    except Fault as fault:
        return fault
    raise AssertionError(f"{target} gave {result!r} instead of a fault")


def echo(connection, value):
    got = connection.call("example.echo", value)
    if not equal(got, value):
        raise AssertionError(f"echo: got {got!r} ({type(got)}), want {value!r} ({type(value)})")


@cases_for("AMF0/echo", BOTH + AMF0_ONLY)
def echo_amf0(url, value):
    echo(NetConnection(url, pyamf.AMF0), value)


@cases_for("AMF3/echo", BOTH + AMF3_ONLY)
def echo_amf3(url, value):
    echo(NetConnection(url, pyamf.AMF3), value)


@cases_for("add", VERSIONS)
def add(url, version):
    connection = NetConnection(url, version)
    same(connection.call("example.add", 1, 2), 3)
    same(connection.call("example.add", 1.5, -4), -2.5)


@cases_for("service proxy", VERSIONS)
def service_proxy(url, version):
    example = NetConnection(url, version).service.getService("example")
    same(example.add(20, 22), 42)
    same(example.echo("through the proxy"), "through the proxy")


@cases_for("second name of the service", VERSIONS)
def second_name(url, version):
    same(NetConnection(url, version).call("ExampleService.add", 1, 2), 3)


@cases_for("nothing", VERSIONS)
def nothing(url, version):
    same(NetConnection(url, version).call("example.nothing"), None)


@cases_for("echo of several arguments", VERSIONS)
def echo_many(url, version):
    same(NetConnection(url, version).call("example.echo", 1, "two", None), [1, "two", None])


@cases_for("person", VERSIONS)
def person(url, version):
    same(NetConnection(url, version).call("example.person", "Ann"), Person("Ann", BORN, ["a", "b"]))


@cases_for("typeName of a Person", VERSIONS)
def type_name_person(url, version):
    same(NetConnection(url, version).call("example.typeName", Person("Ann")), "example.Person")


@case("typeName of a Blob")
def type_name_blob(url):
    same(NetConnection(url).call("example.typeName", Blob("x", 1, None)), "example.Blob")


@cases_for("typeName of others", VERSIONS)
def type_name_other(url, version):
    got = NetConnection(url, version).call("example.typeName", "text")
    assert got not in ("example.Person", "example.Blob"), got


@cases_for("countdown without interim results", VERSIONS)
def countdown(url, version):
    same(NetConnection(url, version).call("example.countdown", 3), "done")


@cases_for("sleep", VERSIONS)
def sleep(url, version):
    same(NetConnection(url, version).call("example.sleep", 5), "slept")


@cases_for("one object twice in a list", VERSIONS)
def shared(url, version):
    ann = Person("Ann", BORN, ["x"])
    first, second = NetConnection(url, version).call("example.echo", [ann, ann])
    same(first, ann)
    assert first is second, "two objects came back for one"


@cases_for("one object as two arguments", VERSIONS)
def shared_arguments(url, version):
    ann = Person("Ann", BORN, ["x"])
    first, second = NetConnection(url, version).call("example.echo", ann, ann)
    same(first, ann)
    same(second, ann)
    if version == pyamf.AMF3:
        return  # Py3AMF starts its AMF3 tables afresh with each argument
    assert first is second, "two objects came back for one"


@cases_for("a cycle ends in itself or in a fault", VERSIONS)
def cycle(url, version):
    loop = pyamf.ASObject()
    loop["self"] = loop
    try:
        got = NetConnection(url, version).call("example.echo", loop)
    except Fault:
        return
    assert got["self"] is got, repr(got)


FAULTS = [
    ("deliberate", "example.fail", [], "Server.Processing", "deliberate failure"),
    ("exception", "example.raiseException", [], "Server.Processing", "Example Exception"),
    ("no such service", "nosuch.echo", [1], "Server.Processing", None),
    ("no such method", "example.nosuch", [1], "Server.ResourceUnavailable", None),
    ("argument missing", "example.add", [1], "Server.ResourceUnavailable", None),
    ("argument too many", "example.add", [1, 2, 3], "Server.ResourceUnavailable", None),
    ("argument of another type", "example.add", [{"a": 1}, 2], "Server.ResourceUnavailable", None),
    ("not logged in", "secure.secret", [], "Client.Authentication", None),
]


def check_fault(connection, target, args, code, text):
    fault = fault_of(connection, target, *args)
    same(fault.code, code, "code")
    assert fault.description, "a fault without a description"
    if text is not None:
        same(fault.description, text, "description")


@cases_for("AMF0/fault", FAULTS)
def faults_amf0(url, *row):
    check_fault(NetConnection(url, pyamf.AMF0), *row)


@cases_for("AMF3/fault", FAULTS)
def faults_amf3(url, *row):
    check_fault(NetConnection(url, pyamf.AMF3), *row)


@cases_for("fault has the members that any client reads", VERSIONS)
def fault_members(url, version):
    original = remoting.get_fault
    remoting.get_fault = lambda data: data  # see the object itself, not Py3AMF's reading of it
    try:
        connection = NetConnection(url, version)
        reply = connection.service.execute_single(connection.service.addRequest("example.fail"))
    finally:
        remoting.get_fault = original
    for member in ("level", "code", "type", "description", "details", "message", "rootCause"):
        assert member in reply.body, f"no member {member} in {reply.body!r}"
    same(reply.body["level"], "error", "level")
    same(reply.body["message"], "deliberate failure", "message")


@case("class that the server cannot read")
def unknown_externalizable(url):
    connection = NetConnection(url)
    same(fault_of(connection, "example.echo", Stranger()).code, "Client.Packet.Encoding", "code")
    same(connection.call("example.add", 1, 2), 3)


@cases_for("true lengths", VERSIONS)
def strict(url, version):
    connection = NetConnection(url, version, strict=True)
    same(connection.call("example.echo", {"a": [1, 2]}), {"a": [1, 2]})


@cases_for("batch", VERSIONS)
def batch(url, version):
    replies = NetConnection(url, version).batch(
        ("example.add", 1, 2), ("example.fail",), ("example.echo", "three"), ("nosuch.thing",), ("example.nothing",)
    )
    ok, error = remoting.STATUS_OK, remoting.STATUS_ERROR
    same([reply.status for reply in replies], [ok, error, ok, error, ok], "statuses")
    same([replies[i].body for i in (0, 2, 4)], [3, "three", None], "results")
    same(replies[1].body.description, "deliberate failure")


@cases_for("equal response URIs in one packet", VERSIONS)
def duplicates(url, version):
    envelope = remoting.Envelope(version)
    envelope.bodies = [("/1", remoting.Request("example.add", [n, n])) for n in (1, 2, 3)]
    replies = NetConnection(url, version).exchange(envelope)
    same([(name, reply.body) for name, reply in replies], [("/1", 2), ("/1", 4), ("/1", 6)])


@cases_for("session by cookie", VERSIONS)
def session_cookie(url, version):
    connection = NetConnection(url, version)
    connection.call("example.sessionSet", "color", "blue")
    assert len(connection.jar) > 0, "no cookie came"
    connection.service._setUrl(url)  # only the cookie is left
    same(connection.call("example.sessionGet", "color"), "blue")


@cases_for("session by AppendToGatewayUrl", VERSIONS)
def session_url(url, version):
    connection = NetConnection(url, version, cookies=False)
    connection.call("example.sessionSet", "color", "red")
    assert connection.url != url, "AppendToGatewayUrl did not come"
    same(connection.call("example.sessionGet", "color"), "red")


@cases_for("sessions are apart", VERSIONS)
def session_apart(url, version):
    first, second = NetConnection(url, version), NetConnection(url, version)
    first.call("example.sessionSet", "color", "green")
    second.call("example.sessionSet", "color", "white")
    same(first.call("example.sessionGet", "color"), "green")
    same(second.call("example.sessionGet", "color"), "white")
    same(first.call("example.sessionGet", "nothing there"), None)


@cases_for("plain calls make no session", VERSIONS)
def no_session(url, version):
    connection = NetConnection(url, version)
    connection.call("example.echo", 1)
    same(len(connection.jar), 0, "cookies")
    same(connection.url, url, "url")


@cases_for("Credentials header", VERSIONS)
def credentials(url, version):
    connection = NetConnection(url, version)
    connection.service.setCredentials("correct", "correct")
    same(connection.call("secure.secret"), "secret for you")
    same(len(connection.jar), 0, "cookies: credentials of one packet make no session")
    connection.service.headers.clear()
    same(fault_of(connection, "secure.secret").code, "Client.Authentication", "without the header again")


@cases_for("wrong Credentials header", VERSIONS)
def wrong_credentials(url, version):
    connection = NetConnection(url, version)
    connection.service.setCredentials("correct", "wrong")
    same(fault_of(connection, "secure.secret").code, "Client.Authentication")
