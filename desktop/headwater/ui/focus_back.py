"""Gives the keyboard back to the program that had it, where hiding a window does not."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Callable


def give_focus_back(send: Callable[[str, str], None] | None = None) -> None:
    """Hide this program on a Mac, which activates the one before; elsewhere there is no need.

    Window managers and Windows activate the window below by themselves. `send` is given a class
    and a message for the object that its `sharedApplication` returns (AppKit, NSApplication).
    """
    if send is not None:
        send("NSApplication", "hide:")
    elif sys.platform == "darwin":
        _send("NSApplication", "hide:")


def _send(class_name: str, message: str) -> None:
    objc = ctypes.CDLL(ctypes.util.find_library("objc"))
    pointer = ctypes.c_void_p
    objc.objc_getClass.restype = objc.sel_registerName.restype = pointer
    objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = (ctypes.c_char_p,)
    # One function for every signature: its arguments are declared before each call.
    shared = ctypes.CFUNCTYPE(pointer, pointer, pointer)(("objc_msgSend", objc))
    tell = ctypes.CFUNCTYPE(None, pointer, pointer, pointer)(("objc_msgSend", objc))
    application = shared(
        objc.objc_getClass(class_name.encode()), objc.sel_registerName(b"sharedApplication")
    )
    tell(application, objc.sel_registerName(message.encode()), None)
