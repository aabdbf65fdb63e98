"""Py3AMF as a client of the example services: client.py URL [NAME] runs every case whose name contains NAME."""

import sys

import addressbook_cases
import cases
import messaging_cases
import netconnection_cases
import remoteobject_cases

if __name__ == "__main__":
    cases.run(sys.argv[1], *sys.argv[2:3])
