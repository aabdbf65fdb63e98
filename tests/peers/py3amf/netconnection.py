"""NetConnection as Py3AMF's RemotingService plays it, with what the cases want to see kept: cookies, headers and raw replies."""

import http.cookiejar
import urllib.request

import pyamf
from pyamf import remoting
from pyamf.remoting.client import RemotingService
from pyamf.util import BufferedByteStream


class Fault(Exception):
    """An onStatus reply."""

    def __init__(self, body):
        super().__init__(repr(body))
        self.code = body.code
        self.description = body.description
        self.body = body


class NetConnection:
    def __init__(self, url, version=pyamf.AMF3, cookies=True, strict=False):
        self.jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.ProxyHandler({})]
        if cookies:
            handlers.append(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener = urllib.request.build_opener(*handlers)
        self.service = RemotingService(url, amf_version=version, opener=self.opener.open, strict=strict)

    @property
    def url(self):
        """The URL in force: AppendToGatewayUrl changes it."""
        return self.service.original_url

    def call(self, target, *args):
        """Calls "service.method" and returns its result; raises Fault for onStatus."""
        reply = self.service.execute_single(self.service.addRequest(target, *args))
        if reply.status == remoting.STATUS_ERROR:
            raise Fault(reply.body)
        return reply.body

    def batch(self, *calls):
        """Sends several calls in one packet and returns the replies in the packet's order."""
        for target, *args in calls:
            self.service.addRequest(target, *args)
        return [reply for _, reply in self.service.execute()]

    def exchange(self, envelope):
        """Sends an envelope as it is and returns every body of the reply as (name, reply), doubles included."""
        packet = remoting.encode(envelope).getvalue()
        request = urllib.request.Request(self.url, packet, {"Content-Type": remoting.CONTENT_TYPE})
        with self.opener.open(request) as answer:
            return read_bodies(answer.read())


def read_bodies(packet):
    """Reads a reply packet body by body. Py3AMF's own reader keeps one reply per name."""
    stream = BufferedByteStream(packet)
    version = stream.read_ushort()
    decoder = pyamf.get_decoder(pyamf.AMF0, stream)
    decoder.use_amf3 = version == pyamf.AMF3
    for _ in range(stream.read_ushort()):
        remoting._read_header(stream, decoder)
    bodies = []
    for _ in range(stream.read_ushort()):
        decoder.context.clear()
        bodies.append(remoting._read_body(stream, decoder))
    return bodies
