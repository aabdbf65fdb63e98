"""Values of every kind that Py3AMF can send, and how to tell that one came back as it was."""

import datetime
import math
import xml.etree.ElementTree as etree

import pyamf
from pyamf.amf3 import ByteArray
from pyamf.flex import ArrayCollection, ObjectProxy

from example import Blob, Person

BORN = datetime.datetime(2001, 2, 3, 4, 5, 6)


def equal(got, want):
    """Compares two values by type and content; wrappers compare as what they hold."""
    got, want = unwrap(got), unwrap(want)
    if isinstance(want, float) and math.isnan(want):
        return isinstance(got, float) and math.isnan(got)
    if isinstance(want, bool) or isinstance(got, bool):
        return got is want
    if isinstance(want, (int, float)):
        return isinstance(got, (int, float)) and got == want and math.copysign(1, got) == math.copysign(1, want)
    if isinstance(want, (list, tuple)):
        return isinstance(got, (list, tuple)) and len(got) == len(want) and all(map(equal, got, want))
    if isinstance(want, dict):
        return isinstance(got, dict) and got.keys() == want.keys() and all(equal(got[k], want[k]) for k in want)
    if isinstance(want, ByteArray):
        return isinstance(got, ByteArray) and bytes(got) == bytes(want)
    if etree.iselement(want):
        return etree.iselement(got) and etree.tostring(got) == etree.tostring(want)
    return type(got) is type(want) and got == want


def unwrap(value):
    if isinstance(value, ObjectProxy):
        return value._amf_object
    return value


def typed_object(alias, **members):
    value = pyamf.TypedObject(alias)
    value.update(members)
    return value


# What both versions can carry: name and value.
BOTH = [
    ("null", None),
    ("undefined", pyamf.Undefined),
    ("true", True),
    ("false", False),
    ("zero", 0),
    ("one", 1),
    ("minus one", -1),
    ("largest AMF3 integer", 2**28 - 1),
    ("smallest AMF3 integer", -(2**28)),
    ("beyond AMF3 integers", 2**28),
    ("2^53", 2**53),
    ("fraction", 1.5),
    ("infinity", math.inf),
    ("minus infinity", -math.inf),
    ("not a number", math.nan),
    ("largest double", 1.7976931348623157e308),
    ("empty string", ""),
    ("string", "hello"),
    ("umlauts and emoji", "Grüße, 世界 \U0001f600"),
    ("nul in a string", "a\0b"),
    ("string over 65535 bytes", "long " * 20000),
    ("date", BORN),
    ("date with milliseconds", BORN.replace(microsecond=789000)),
    ("date before 1970", datetime.datetime(1950, 6, 7, 8, 9, 10)),
    ("empty list", []),
    ("list", [1, "two", None, True, 4.5]),
    ("nested lists", [[1, 2], [[3], []]]),
    ("object", {"a": 1, "b": {"c": "d"}}),
    ("equal strings", ["again", "again", {"again": "again"}]),
    ("typed object", Person("Ann", BORN, ["x"])),
    ("typed object with nulls", Person()),
    ("typed objects in a list", [Person("Ann"), Person("Ben", BORN)]),
    ("class nobody registered", typed_object("example.Unheard", a=1, b=[2])),
    ("xml", etree.fromstring("<a b='c'>text<d/></a>")),
]

# What Py3AMF cannot write in AMF3: it takes an empty name for the end of the members.
AMF0_ONLY = [
    ("empty member name", {"": 1, "x": 2}),
]

# What only AMF3 has, or Py3AMF only keeps in AMF3.
AMF3_ONLY = [
    ("minus zero", -0.0),
    ("associative array", pyamf.MixedArray({"a": 1, 0: "zero", 1: "one"})),
    ("bytes", ByteArray(bytes(range(256)))),
    ("no bytes", ByteArray(b"")),
    ("externalizable", Blob("label", -7, ["content", None, 3])),
    ("externalizable of externalizable", Blob("outer", 2**31 - 1, Blob("inner", -(2**31), "ü"))),
    ("ArrayCollection", ArrayCollection([1, "two"])),
    ("ObjectProxy", ObjectProxy({"a": 1})),
]
