"""Producers and Consumers over polling, long polling and streaming channels. Every case gets the URL of the polling channel."""

import datetime
import threading
import time

from pyamf.flex import messaging

from cases import case, cases_for, same
from consumer import Consumer, Stream, fresh_subtopic
from remoteobject import Fault, text_of


def joined(url, **options):
    client = Consumer(url, **options)
    client.ping()
    return client


def fault_code(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Fault as fault:
        return fault.code
    raise AssertionError(f"got {result!r} instead of a fault")


def bodies(messages):
    return [message.body for message in messages]


def long_polling(url):
    return url.replace("/amf", "/longPoll")


@cases_for("Consumer/poll", [("full messages", False), ("small messages", True)])
def poll(url, small):
    topic = fresh_subtopic()
    client = joined(url, small=small)
    consumer = client.subscribe("messages", DSSubtopic=topic)
    same(client.poll(), [], "before anything is published")
    joined(url).publish("messages", {"from": "Ann", "n": 1.5}, DSSubtopic=topic)
    (message,) = client.poll()
    assert type(message) is messaging.AsyncMessage, f"got {message!r}"
    same(message.body, {"from": "Ann", "n": 1.5}, "body")
    same(text_of(message.clientId), consumer, "clientId")
    same(message.destination, "messages", "destination")
    same(message.headers.get("DSSubtopic"), topic, "DSSubtopic")
    assert "DSId" not in message.headers and "DSEndpoint" not in message.headers, f"headers {message.headers!r}"
    same(client.poll(), [], "a second poll")


@case("Consumer/one's own messages, in order")
def in_order(url):
    topic = fresh_subtopic()
    client = joined(url)
    client.subscribe("messages", DSSubtopic=topic)
    for n in range(20):
        client.publish("messages", n, DSSubtopic=topic)
    same(bodies(client.poll()), list(range(20)), "bodies")


@case("Consumer/the same poll again gets the same messages")
def retried_poll(url):
    topic = fresh_subtopic()
    client = joined(url)
    client.subscribe("messages", DSSubtopic=topic)
    client.publish("messages", "once", DSSubtopic=topic)
    request = "6F000000-0000-4000-8000-00000000000A"
    first = client.poll(request)
    same([m.messageId for m in client.poll(request)], [m.messageId for m in first], "messageIds")
    same(client.poll(), [], "the next poll")


@case("Consumer/what was not confirmed comes again after a reconnect")
def rollback(url):
    topic = fresh_subtopic()
    client = joined(url)
    client.subscribe("messages", DSSubtopic=topic)
    client.publish("messages", "kept", DSSubtopic=topic)
    same(bodies(client.poll()), ["kept"], "first poll")
    client.ping()
    same(bodies(client.poll()), ["kept"], "after the reconnect")
    same(client.poll(), [], "once confirmed")


@case("Consumer/wildcards, selectors and subtopics")
def filters(url):
    topic = fresh_subtopic()
    client = joined(url)
    client.subscribe("messages", DSSubtopic=topic + ".*", DSSelector="price > 10 AND kind = 'book'")
    producer = joined(url)
    producer.publish("messages", "cheap", DSSubtopic=topic + ".a", price=5, kind="book")
    producer.publish("messages", "other kind", DSSubtopic=topic + ".a", price=50, kind="car")
    producer.publish("messages", "elsewhere", DSSubtopic=topic, price=50, kind="book")
    producer.publish("messages", "wanted", DSSubtopic=topic + ".a.b", price=50, kind="book")
    same(bodies(client.poll()), ["wanted"], "bodies")
    assert fault_code(client.subscribe, "messages", DSSelector="price >") != "", "a bad selector"
    assert fault_code(producer.publish, "messages", 1, DSSubtopic=topic + ".*") != "", "publish to a wildcard"


@case("Consumer/several subtopics at once")
def several(url):
    one, two = fresh_subtopic(), fresh_subtopic()
    client = joined(url)
    consumer = client.multi_subscribe("messages", None, DSAddSub=[one + "_;_", two + "_;_"])
    joined(url).publish("messages", "both", DSSubtopic=[one, two])
    same(bodies(client.poll()), ["both"], "a message to both")
    client.multi_subscribe("messages", consumer, DSRemSub=[one + "_;_"])
    joined(url).publish("messages", "first", DSSubtopic=one)
    joined(url).publish("messages", "second", DSSubtopic=two)
    same(bodies(client.poll()), ["second"], "after one was removed")


@case("Consumer/replay where the destination has it")
def replay(url):
    marker = fresh_subtopic()
    joined(url).publish("chat", marker)
    client = joined(url)
    client.subscribe("chat")
    assert marker in bodies(client.poll()), "what was published before is missing"


@case("Consumer/not subscribed")
def not_subscribed(url):
    same(fault_code(joined(url).poll), "Server.Processing.NotSubscribed", "code")
    client, topic = joined(url), fresh_subtopic()
    consumer = client.subscribe("messages", DSSubtopic=topic)
    client.unsubscribe("messages", consumer, DSSubtopic=topic)
    client.unsubscribe("messages", consumer, DSSubtopic=topic)
    same(fault_code(client.poll), "Server.Processing.NotSubscribed", "code after unsubscribe")
    assert fault_code(client.subscribe, "nosuch") != "", "a destination that there is not"


@case("Consumer/messages end to live")
def expiry(url):
    topic = fresh_subtopic()
    client = joined(url)
    client.subscribe("messages", DSSubtopic=topic)
    client.publish("messages", "long", DSSubtopic=topic, ttl=60_000)
    (message,) = client.poll()
    same(message.timeToLive, 60_000, "timeToLive")


@case("Consumer/long polling")
def long_poll(url):
    topic = fresh_subtopic()
    client = joined(long_polling(url))
    client.subscribe("messages", DSSubtopic=topic)
    timer = threading.Timer(0.5, lambda: joined(url).publish("messages", "late", DSSubtopic=topic))
    timer.start()
    start = time.monotonic()
    same(bodies(client.poll()), ["late"], "bodies")
    took = time.monotonic() - start
    assert 0.4 < took < 10, f"the poll took {took:.1f} s"
    timer.join()


@case("Consumer/a later poll ends the one that waits")
def superseded(url):
    client = joined(long_polling(url))
    client.subscribe("messages", DSSubtopic=fresh_subtopic())
    replies = []
    other = Consumer(long_polling(url), ds_id=client.ds_id)
    waiting = threading.Thread(target=lambda: replies.append(other.poll_reply()))
    waiting.start()
    time.sleep(0.5)
    # A poll that rides with another message does not wait.
    answers = client.batch(messaging.CommandMessage(operation=2), messaging.CommandMessage(operation=5))
    waiting.join(15)
    assert replies and replies[0].headers.get("DSNoOpPoll") is True, f"the first poll got {replies!r}"
    assert not isinstance(answers[0], Fault), f"got {answers[0]}"


@cases_for("Consumer/stream", [("full messages", False), ("small messages", True)])
def stream(url, small):
    topic = fresh_subtopic()
    client = joined(url, small=small)
    consumer = client.subscribe("messages", DSSubtopic=topic)
    opened = Stream(url, client.ds_id)
    try:
        same(opened.status, 200, "status")
        same(opened.headers.get("content-type"), "application/x-amf", "content type")
        first = opened.frame()
        same(text_of(first.correlationId), "open", "correlationId")
        same(len(text_of(first.body)), 36, "length of the stream's id")
        born = datetime.datetime(2001, 2, 3, 4, 5, 6)
        for n in range(5):
            joined(url).publish("messages", {"n": n, "born": born}, DSSubtopic=topic)
        for n in range(5):
            message = opened.frame()
            same(message.body, {"n": n, "born": born}, "body")
            same(text_of(message.clientId), consumer, "clientId")
    finally:
        opened.close()


@case("Consumer/a stream beats")
def heartbeat(url):
    client = joined(url)
    client.subscribe("messages", DSSubtopic=fresh_subtopic())
    opened = Stream(url, client.ds_id)
    try:
        opened.frame()
        while opened.byte() != b"\0":
            pass
    finally:
        opened.close()


@case("Consumer/a stream that cannot be opened")
def no_stream(url):
    opened = Stream(url, "nobody")
    same(opened.status, 400, "status")
    opened.close()
