"""Py3AMF as a server of the example services, for our own client: prints "ready http=HOST:PORT" and serves until it is ended."""

import datetime
from wsgiref.simple_server import WSGIRequestHandler, make_server

from pyamf.remoting.gateway.wsgi import WSGIGateway

from example import Blob, Person


class Example:
    def echo(self, *args):
        return args[0] if len(args) == 1 else list(args)

    def add(self, a, b):
        return a + b

    def nothing(self):
        return None

    def person(self, name):
        return Person(name, datetime.datetime(2001, 2, 3, 4, 5, 6), ["a", "b"])

    def typeName(self, value):
        return {Person: "example.Person", Blob: "example.Blob"}.get(type(value), type(value).__name__)

    def fail(self):
        raise RuntimeError("deliberate failure")

    def raiseException(self):
        raise Exception("Example Exception")


class Secure:
    def secret(self):
        return "secret for you"


def correct(user, password):
    return user == "correct" and password == "correct"


class Quiet(WSGIRequestHandler):
    """Logs nothing: the test shows what went wrong."""

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    application = WSGIGateway({"example": Example(), "ExampleService": Example()})
    application.addService(Secure(), "secure", authenticator=correct)
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        print(f"ready http=127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
