"""The address book as AmFast's Flex client uses it: sealed classes whose lists are ArrayCollections. Every case gets the server's URL."""

import pyamf
from pyamf.flex import ArrayCollection

from cases import case, same
from remoteobject import Fault, RemoteObject


def model(alias, *members):
    """A class with members as an ActionScript class has them."""

    class Model:
        __amf__ = {"static": ("sa_key", "sa_lazy", "id") + members, "dynamic": False}

        def __init__(self, **values):
            self.sa_key = self.sa_lazy = self.id = None
            for name in members:
                setattr(self, name, values.get(name))

    pyamf.register_class(Model, alias)
    return Model


User = model("models.User", "first_name", "last_name", "emails", "phone_numbers")
Email = model("models.Email", "user_id", "label", "email")
PhoneNumber = model("models.PhoneNumber", "user_id", "label", "number")


@case("addressbook/a user from the first save to the removal")
def life_of_a_user(url):
    client = RemoteObject(url)
    client.ping()

    def call(operation, *args):
        return client.call("ExampleService", operation, *args)

    saved = call("save", User(
        first_name="Ann",
        emails=ArrayCollection([Email(label="work", email="ann@example.com")]),
        phone_numbers=ArrayCollection([PhoneNumber(label="home", number="1")]),
    ))
    assert isinstance(saved, User) and isinstance(saved.emails, ArrayCollection), f"saved {saved!r} with {saved.emails!r}"
    same(type(saved.sa_key), list, "type of sa_key")
    same((saved.sa_key, saved.first_name, saved.last_name, saved.sa_lazy), ([saved.id], "Ann", None, []), "saved user")
    same([(e.email, e.user_id) for e in saved.emails], [("ann@example.com", saved.id)], "saved e-mails")

    loaded = call("load", "models.User", saved.sa_key)
    same((loaded.phone_numbers, loaded.sa_lazy), (None, ["phone_numbers"]), "what is lazy")
    same([p.number for p in call("loadAttr", "models.User", loaded.sa_key, "phone_numbers")], ["1"], "what was lazy")
    users = call("loadAll", "models.User")
    assert isinstance(users, ArrayCollection) and saved.id in [user.id for user in users], f"the user is not listed: {users!r}"

    loaded.emails.append(Email(label="home", email="ann@example.org"))
    same(len(call("save", loaded).emails), 2, "e-mails after adding one")
    same(call("saveAttr", "models.User", saved.sa_key, "last_name", "Lee"), "Lee", "saved attribute")
    call("removeList", "models.User", [saved.sa_key])
    same(call("load", "models.User", saved.sa_key), None, "what was removed")
    try:
        call("loadAttr", "models.User", saved.sa_key, "emails")
    except Fault as fault:
        same(fault.text, f"models.User {saved.id} is not in the address book.", "fault")
    else:
        raise AssertionError("an attribute of a removed user was loaded")
