"""What a start does when Headwater runs already: it hands its wish over, within milliseconds.

It is the third composition root, beside the window and the terminal. A desktop's own shortcut
starts it on each press, so it imports next to nothing: `socket` alone takes as long to load as
Python takes to start.
"""

from __future__ import annotations

import os
import sys
from time import monotonic, sleep

from headwater.adapters.instance_address import instance_address, is_private_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE = 3.0  # seconds that the running program has to answer
_STARTING = 6.0  # seconds that a program which is just starting has to listen
_PACE = 0.02
_PLAIN = {(): "show", ("--quick-ask",): "quick-ask", ("--toggle",): "toggle"}
_OK = b"ok\n"


def hand_over(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Give the running program what `argv` asks for; return whether there is one that took it.

    Raises:
        SystemExit: `argv` is not understood (status 2).
    """
    data_dir, line = _wish(argv, environ)
    return _give(instance_address(data_dir, environ, sys.platform), line)


def hand_over_to_starting(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Do the same with a program that may not listen yet."""
    given_up = monotonic() + _STARTING
    while not hand_over(argv, environ):
        if monotonic() > given_up:
            return False
        sleep(_PACE)
    return True


def _wish(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the data folder that `argv` names, and the wish as `Summons.line` writes it."""
    token = environ.get("XDG_ACTIVATION_TOKEN") or environ.get("DESKTOP_STARTUP_ID") or ""
    kind = _PLAIN.get(tuple(argv))
    is_plain = token.isascii() and token.isprintable() and not set('"\\') & set(token)
    if kind is not None and (is_plain or not token):
        fields = f'"kind":"{kind}","text":"","files":[],"activation_token":"{token}"'
        return "", f"{{{fields}}}\n".encode()
    from headwater.command_line import parse_window, summons_of

    arguments = parse_window(argv)
    return arguments.data_dir or "", summons_of(arguments, token).line()


if sys.platform == "win32":

    def _give(address: str, line: bytes) -> bool:
        given_up = monotonic() + _PATIENCE
        while True:
            try:
                with open(rf"\\.\pipe\{address}", "r+b", buffering=0) as pipe:  # noqa: PTH123 - no path
                    _let_to_front(pipe.fileno())
                    pipe.write(line)
                    return pipe.read(len(_OK)) == _OK
            except FileNotFoundError:
                return False
            except OSError:  # every end of the pipe is taken at this moment
                if monotonic() > given_up:
                    return False
                sleep(_PACE)

    def _let_to_front(pipe: int) -> None:
        """Hand the right to come to the front, which the last input gave us, to the program."""
        import ctypes
        from msvcrt import get_osfhandle

        server = ctypes.c_ulong(0xFFFFFFFF)  # any, if the next call fails
        ctypes.windll.kernel32.GetNamedPipeServerProcessId(
            ctypes.c_void_p(get_osfhandle(pipe)), ctypes.byref(server)
        )
        ctypes.windll.user32.AllowSetForegroundWindow(server)

else:
    import _socket

    def _give(address: str, line: bytes) -> bool:
        if not is_private_folder(os.path.dirname(address)):  # noqa: PTH120 - see the top
            return False
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            connection.settimeout(_PATIENCE)
            connection.connect(address)
            connection.sendall(line)
            return connection.recv(len(_OK)) == _OK
        except OSError:
            return False
        finally:
            connection.close()
