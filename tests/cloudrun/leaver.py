"""A Flex client, played by Py3AMF, that waits in a poll and on a stream when its server is told to end: leaver.py BASE-URL.

It prints "ready" when both wait, and then a JSON line: what the poll gave, what came on the stream, and whether its answer ended whole."""

import json
import sys
import threading

from consumer import Consumer, Stream


class WholeStream(Stream):
    """A Stream that knows whether its answer came to its end, which is a chunk of no length, or was cut off."""

    whole = False

    def byte(self):
        if not self.chunk:
            line = self.file.readline()
            self.whole = line.strip() == b"0"
            self.chunk = self.file.read(int(line or b"0", 16))
            self.file.readline()
        first, self.chunk = self.chunk[:1], self.chunk[1:]
        return first


def main(base):
    poller, streamer = Consumer(base + "/longPoll"), Consumer(base + "/amf")
    for client in (poller, streamer):
        client.ping()
        client.subscribe("messages")
    result = {}

    def poll():
        result["poll"] = [m.body for m in poller.poll()]

    waiting = threading.Thread(target=poll)
    waiting.start()
    stream = WholeStream(base + "/amf", streamer.ds_id)
    print("ready", flush=True)
    frames = []
    while (frame := stream.frame()) is not None:
        frames.append(f"{type(frame).__name__} {getattr(frame, 'operation', '')}".strip())
    waiting.join()
    result["stream"], result["whole"] = frames, stream.whole
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
