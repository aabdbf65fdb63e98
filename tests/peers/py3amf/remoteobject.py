"""A RemoteObject on an AMFChannel, made of Py3AMF's Flex message classes."""

import base64
import re
import uuid

import pyamf
from pyamf import remoting
from pyamf.flex import messaging

from netconnection import NetConnection

UPPER_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


class Fault(Exception):
    """An ErrorMessage."""

    def __init__(self, message):
        super().__init__(f"{message.faultCode}: {message.faultString}")
        self.code = message.faultCode
        self.text = message.faultString
        self.message = message


def new_id():
    return str(uuid.uuid4()).upper()


def text_of(identifier):
    """An id as text: small messages carry UUIDs as 16 bytes."""
    return str(identifier).upper() if isinstance(identifier, uuid.UUID) else identifier


class RemoteObject:
    """One Flash-side client: its DSId goes with every message once the server gave it one."""

    def __init__(self, url, small=False, ds_id="nil"):
        self.connection = NetConnection(url, pyamf.AMF3, cookies=False)
        self.small = small
        self.ds_id = ds_id
        self.client_id = None

    def prepare(self, message, **headers):
        """Fills in what a channel fills in before it sends."""
        message.messageId = message.messageId or new_id()
        message.clientId = message.clientId or self.client_id
        message.headers = {"DSId": self.ds_id, "DSEndpoint": "my-amf", **headers}
        message.timestamp = message.timestamp or 0
        message.timeToLive = message.timeToLive or 0
        return message

    def send(self, message, **headers):
        """Sends one message and returns the acknowledgement; an ErrorMessage is raised as Fault."""
        self.prepare(message, **headers)
        service = self.connection.service
        reply = service.execute_single(service.addRequest("null", message))
        return self.accept(message, reply)

    def accept(self, message, reply):
        body = reply.body
        if text_of(body.correlationId) != message.messageId:
            raise AssertionError(f"correlationId {body.correlationId!r} does not answer {message.messageId}")
        if isinstance(body, messaging.ErrorMessage):
            if reply.status != remoting.STATUS_ERROR:
                raise AssertionError("an ErrorMessage came as onResult")
            raise Fault(body)
        if reply.status != remoting.STATUS_OK:
            raise AssertionError(f"an acknowledgement came as onStatus: {body!r}")
        for name in ("messageId", "clientId"):
            value = text_of(getattr(body, name))
            if not isinstance(value, str) or not UPPER_UUID.fullmatch(value):
                raise AssertionError(f"{name} {value!r} is no upper-case UUID")
        return body

    def command(self, operation, body=None, destination="", **headers):
        return self.send(messaging.CommandMessage(operation=operation, body=body, destination=destination), **headers)

    def ping(self, **headers):
        if self.small:
            headers["DSMessagingVersion"] = 1
        reply = self.command(messaging.CommandMessage.PING_OPERATION, **headers)
        self.ds_id = reply.headers.get("DSId", self.ds_id)
        return reply

    def login(self, user, password):
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        reply = self.command(
            messaging.CommandMessage.LOGIN_OPERATION, credentials, "auth", DSCredentialsCharset="UTF-8"
        )
        self.ds_id = reply.headers.get("DSId", self.ds_id)
        return reply

    def logout(self):
        return self.command(messaging.CommandMessage.LOGOUT_OPERATION, destination="auth")

    def disconnect(self):
        return self.command(messaging.CommandMessage.DISCONNECT_OPERATION)

    def call(self, destination, operation, *args):
        return self.send(self.remoting_message(destination, operation, *args)).body

    def remoting_message(self, destination, operation, *args):
        return messaging.RemotingMessage(destination=destination, operation=operation, body=list(args))

    def batch(self, *messages):
        """Sends several messages in one packet and returns the replies in the packet's order, faults as Fault."""
        service = self.connection.service
        for message in messages:
            service.addRequest("null", self.prepare(message))
        replies = []
        for message, (_, reply) in zip(messages, service.execute()):
            try:
                replies.append(self.accept(message, reply))
            except Fault as fault:
                replies.append(fault)
        return replies
