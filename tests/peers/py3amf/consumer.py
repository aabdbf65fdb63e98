"""Consumer and Producer on one channel, made of Py3AMF's Flex message classes, and a reader of AMF streams."""

import socket
import uuid
from urllib.parse import urlsplit

import pyamf
from pyamf.flex import messaging

from cases import same
from remoteobject import RemoteObject, new_id, text_of

SUBSCRIBE, UNSUBSCRIBE, POLL, MULTI_SUBSCRIBE = 0, 1, 2, 11


class Consumer(RemoteObject):
    """A RemoteObject that also subscribes, polls and publishes."""

    def accept(self, message, reply):
        """As for any message, but that the answer to a poll names no message and no client, as in BlazeDS: it is the channel's."""
        body = reply.body
        if getattr(message, "operation", None) == POLL and not isinstance(body, messaging.ErrorMessage):
            same((body.correlationId, body.clientId), (None, None), "correlationId and clientId")
            body.correlationId, body.clientId = message.messageId, new_id()
        return super().accept(message, reply)

    def subscribe(self, destination, **headers):
        """Subscribes and returns the consumer's clientId, which the server makes."""
        command = messaging.CommandMessage(operation=SUBSCRIBE, destination=destination)
        command.clientId = headers.pop("client_id", None)
        return text_of(self.send(command, **headers).clientId)

    def unsubscribe(self, destination, client_id, **headers):
        command = messaging.CommandMessage(operation=UNSUBSCRIBE, destination=destination)
        command.clientId = client_id
        return self.send(command, **headers)

    def multi_subscribe(self, destination, client_id, **headers):
        command = messaging.CommandMessage(operation=MULTI_SUBSCRIBE, destination=destination)
        command.clientId = client_id
        return text_of(self.send(command, **headers).clientId)

    def publish(self, destination, body, **headers):
        ttl = headers.pop("ttl", 0)
        return self.send(messaging.AsyncMessage(destination=destination, body=body, timeToLive=ttl), **headers)

    def poll_reply(self, message_id=None):
        """Polls and returns the whole reply."""
        command = messaging.CommandMessage(operation=POLL, messageId=message_id)
        return self.send(command)

    def poll(self, message_id=None):
        """Polls and returns the messages."""
        reply = self.poll_reply(message_id)
        if reply.body is None:
            return []
        if not isinstance(reply, messaging.CommandMessage) or reply.operation != 4 or type(reply.body) is not list:
            raise AssertionError(f"messages came in {reply!r}")
        return reply.body


class Stream:
    """An open stream: a POST whose answer does not end, in chunks, with frames of a length in hex and a message in AMF3."""

    def __init__(self, url, ds_id):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        form = f"DSId={ds_id}"
        self.socket.sendall(
            (
                f"POST {parts.path}?command=open&version=1 HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(form)}\r\n\r\n{form}"
            ).encode()
        )
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = dict(self.header_lines())
        self.chunk = b""
        self.heartbeats = 0

    def header_lines(self):
        while line := self.file.readline().strip():
            name, value = line.decode().split(":", 1)
            yield name.lower(), value.strip()

    def byte(self):
        """The next byte of the answer, chunks undone; empty where it ends."""
        if not self.chunk:
            length = int(self.file.readline() or b"0", 16)
            self.chunk = self.file.read(length)
            self.file.readline()
        first, self.chunk = self.chunk[:1], self.chunk[1:]
        return first

    def frame(self):
        """The next message; bare zero bytes between frames are heartbeats. None where the stream ends."""
        head = b""
        while not head.endswith(b"\r\n"):
            byte = self.byte()
            if not byte:
                return None
            if byte == b"\0" and not head:
                self.heartbeats += 1
            elif not (byte in b"\r\n" and not head):
                head += byte
        data = b"".join(self.byte() for _ in range(int(head, 16)))
        if data.startswith(b"\0"):
            return self.frame()  # padding for browsers
        return pyamf.decode(data, encoding=pyamf.AMF3).readElement()

    def close(self):
        self.file.close()
        self.socket.close()


def fresh_subtopic():
    """A subtopic that no other case uses."""
    return "case-" + uuid.uuid4().hex
