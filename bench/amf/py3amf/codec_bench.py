"""Py3AMF's worker of the codec benchmark: codec_bench.py VALUE PACKET reads requests "MEASURE<tab>MILLISECONDS", one per line,
and answers each with a line of JSON."""

import json
import sys
import time

import pyamf
from pyamf import remoting


class Order:
    """Sealed, or Py3AMF would write the members as dynamic ones."""

    class __amf__:
        static = ("active", "category", "created", "id", "name", "note", "price", "quantity", "tags", "total")
        dynamic = False


def read(name):
    with open(name, "rb") as file:
        return file.read()


def repeat(one_pass, seconds):
    passes = 0
    start, end = time.process_time_ns(), time.monotonic() + seconds
    while time.monotonic() < end:
        one_pass()
        passes += 1
    return {"passes": passes, "cpu_ns": time.process_time_ns() - start}


def main(value_file, packet_file):
    pyamf.register_class(Order, "com.acme.Order")
    value, packet = read(value_file), read(packet_file)

    def decode():
        return next(pyamf.decode(value, encoding=pyamf.AMF3))

    orders, reply = decode(), remoting.decode(packet)
    assert len(orders) == 1000 and isinstance(orders[999], Order) and orders[999].id == 1000
    assert len(pyamf.encode(orders, encoding=pyamf.AMF3).getvalue()) == len(value)
    measures = {
        "decode": decode,
        "encode": lambda: pyamf.encode(orders, encoding=pyamf.AMF3).getvalue(),
        "packet in": lambda: remoting.decode(packet),
        "packet out": lambda: remoting.encode(reply).getvalue(),
    }
    for request in sys.stdin:
        measure, milliseconds = request.rstrip("\n").split("\t")
        print(json.dumps(repeat(measures[measure], int(milliseconds) / 1000)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
