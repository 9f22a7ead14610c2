"""A program that has taken Ctrl+Alt+Space; says so on a line and keeps it until it is ended."""

from __future__ import annotations

import ctypes
import signal
import sys

from headwater.ui.hotkey.xcb import CONTROL, MOD1, Xcb

_SPACE = 0x20
_ASYNC = 1  # the keyboard goes on with each press


def main() -> int:
    """Take the key and hold it."""
    library = ctypes.CDLL("libxcb.so.1")
    library.xcb_connect.restype = ctypes.c_void_p
    library.xcb_grab_key.argtypes = (ctypes.c_void_p, *[ctypes.c_uint32] * 6)
    connection = library.xcb_connect(None, None)
    xcb = Xcb(connection)
    for code in xcb.keycodes(_SPACE):
        library.xcb_grab_key(connection, 0, xcb._root, CONTROL | MOD1, code, _ASYNC, _ASYNC)
    is_taken = xcb.modifiers_of(_SPACE) == 0  # asked and answered, so the grabs are done
    print("taken" if is_taken else "odd", flush=True)
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
