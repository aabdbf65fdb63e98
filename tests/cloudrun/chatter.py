"""A Flex client, played by Py3AMF, that publishes and polls while its server is killed and started again: chatter.py URL COUNT.

It prints "ready" when it has subscribed, and at the end a JSON line: the ids of what was acknowledged, in order, and of what came, and how often
the server was away. Each message's body is its id, so that one that was doubled under another id shows."""

import http.client
import json
import sys
import time

from pyamf.flex import messaging
from pyamf.remoting import RemotingError

from cases import same
from consumer import Consumer
from remoteobject import new_id

AWAY = (OSError, http.client.HTTPException, EOFError, RemotingError)
PATIENCE = 90
failures = 0


def insist(client, action):
    """Does something until the server answers. After a failure a Flex client reconnects: what it has not confirmed comes again."""
    global failures
    late, again = time.time() + PATIENCE, False
    while True:
        try:
            if again:
                client.ping()
            return action()
        except AWAY as away:
            if time.time() > late:
                raise AssertionError("the server stays away") from away
            again = True
            failures += 1
            time.sleep(0.05)


def main(url, count):
    consumer, producer = Consumer(url), Consumer(url)
    insist(consumer, consumer.ping)
    insist(producer, producer.ping)
    insist(consumer, lambda: consumer.subscribe("messages", DSSubtopic="killed"))
    print("ready", flush=True)
    said, came = [], []

    def listen():
        for m in insist(consumer, consumer.poll):
            same(m.body, m.messageId, "id of a message that was sent once")
            came.append(m.messageId)

    def say():
        message_id = new_id()
        message = messaging.AsyncMessage(destination="messages", body=message_id, messageId=message_id)
        producer.send(message, DSSubtopic="killed")
        said.append(message_id)

    for _ in range(count):
        insist(producer, say)
        listen()
        time.sleep(0.02)
    late = time.time() + PATIENCE
    while set(said) - set(came) and time.time() < late:
        listen()
        time.sleep(0.05)
    print(json.dumps({"said": said, "came": came, "away": failures}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
