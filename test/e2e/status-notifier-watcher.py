#!/usr/bin/python3
"""Stands in for a panel in tests: takes tray items by the StatusNotifierWatcher protocol, and says what they show.

Commands on stdin, one a line (`props`, `menu`, `click <label>`, `activate`); one line of JSON on stdout for each, and for each new item.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
BUS = dbus.SessionBus()
PROPERTIES = "org.freedesktop.DBus.Properties"
ITEM = "org.kde.StatusNotifierItem"
ITEMS = []


def say(**values):
    print(json.dumps(values), flush=True)


class Watcher(dbus.service.Object):
    NAME = "org.kde.StatusNotifierWatcher"

    @dbus.service.method(NAME, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        item = (sender, str(service)) if service.startswith("/") else (str(service), "/StatusNotifierItem")
        ITEMS.append(item)
        self.StatusNotifierItemRegistered("".join(item))
        say(event="item")

    @dbus.service.method(NAME, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(NAME, signature="s")
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.signal(NAME)
    def StatusNotifierHostRegistered(self):
        pass

    def properties(self):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": dbus.Array(["".join(item) for item in ITEMS], signature="s"),
        }

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.properties()[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.properties()


def item():
    name, path = ITEMS[-1]
    return BUS.get_object(name, path), name


def menu():
    tray, name = item()
    path = tray.Get(ITEM, "Menu", dbus_interface=PROPERTIES)
    entries = dbus.Interface(BUS.get_object(name, path), "com.canonical.dbusmenu")
    try:
        entries.AboutToShow(0)
    except dbus.DBusException:
        pass  # Some answer with an error for the root.
    _, root = entries.GetLayout(0, -1, dbus.Array([], signature="s"))
    return entries, [(int(entry[0]), {str(k): str(v) for k, v in entry[1].items()}) for entry in root[2]]


def obey(command, argument):
    if command == "props":
        values = item()[0].GetAll(ITEM, dbus_interface=PROPERTIES)
        pixels = [bytes(picture[2]).hex() for picture in values.get("IconPixmap", [])]
        say(tooltip=str(values.get("ToolTip", ["", "", "", ""])[2]), pixels=hash(tuple(pixels)), pictures=len(pixels))
    elif command == "menu":
        say(menu=[entry for _, entry in menu()[1]])
    elif command == "click":
        entries, found = menu()
        index = next(index for index, entry in found if entry.get("label") == argument)
        entries.Event(index, "clicked", dbus.Int32(0, variant_level=1), dbus.UInt32(0))
        say(clicked=argument)
    elif command == "activate":
        dbus.Interface(item()[0], ITEM).Activate(0, 0)
        say(activated=True)


def read(_source, _condition):
    line = sys.stdin.readline()
    if not line:
        LOOP.quit()
        return False
    command, _, argument = line.strip().partition(" ")
    try:
        obey(command, argument)
    except Exception as error:  # A test reads what went wrong.
        say(error=repr(error))
    return True


OWNED = dbus.service.BusName("org.kde.StatusNotifierWatcher", BUS)
WATCHER = Watcher(BUS, "/StatusNotifierWatcher")
LOOP = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
say(event="ready")
LOOP.run()
