"""The classes that both sides know, as a Python program would write them."""

import pyamf


class Person:
    """Sealed, as ActionScript classes are: name, born, tags."""

    class __amf__:
        static = ("name", "born", "tags")
        dynamic = False

    def __init__(self, name=None, born=None, tags=None):
        self.name = name
        self.born = born
        self.tags = tags

    def __eq__(self, other):
        return type(other) is Person and vars(self) == vars(other)

    def __repr__(self):
        return f"Person({vars(self)})"


class Blob:
    """Externalizable: a UTF string, an int32 and one AMF3 object."""

    class __amf__:
        amf3 = True
        external = True

    def __init__(self, label="", number=0, content=None):
        self.label = label
        self.number = number
        self.content = content

    def __writeamf__(self, output):
        output.writeUTF(self.label)
        output.writeInt(self.number)
        output.writeObject(self.content)

    def __readamf__(self, input):
        self.label = input.readUTF()
        self.number = input.readInt()
        self.content = input.readObject()

    def __eq__(self, other):
        return type(other) is Blob and vars(self) == vars(other)

    def __repr__(self):
        return f"Blob({vars(self)})"


class Stranger:
    """Externalizable under an alias that the server has never heard of."""

    class __amf__:
        amf3 = True
        external = True

    def __writeamf__(self, output):
        output.writeUTF("nobody knows where this ends")

    def __readamf__(self, input):
        raise NotImplementedError("nobody sends one")


pyamf.register_class(Person, "example.Person")
pyamf.register_class(Blob, "example.Blob")
pyamf.register_class(Stranger, "example.Stranger")
