"""What may be typed after `headwater`: the parser alone, so that usage errors cost nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from headwater import __version__
from headwater.domain.address import BadAddressError
from headwater.domain.preferences import Preferences
from headwater.domain.provider import BUILT_IN, CUSTOM, DEMO, DialectName, Provider, built_in
from headwater.export.export_format import ExportFormat

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from headwater.domain.summons import Summons


_LONGEST_PATH = 4096


class UsageError(Exception):
    """What was typed cannot be done; the message says why."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; `command` is None for the window.

    Raises:
        SystemExit: with status 2 for a usage error, 0 for --help and --version.
    """
    import argparse

    parser = argparse.ArgumentParser(
        prog="headwater",
        description="Cited AI answers. Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"headwater {__version__}")
    _add_place(parser, None)
    _add_windows(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    # The one that is named, as a rule in front, is enough: all take longer than a first packet.
    for name in argv[:1] if argv and argv[0] in _COMMANDS else _COMMANDS:
        does, add_arguments = _COMMANDS[name]
        command = commands.add_parser(name, help=does)
        add_arguments(command)
        # Left out where it is not said again, so that what was said before the command holds.
        _add_place(command, argparse.SUPPRESS)
    return parser.parse_args(argv)


def chosen_provider(arguments: argparse.Namespace, preferences: Preferences) -> Provider:
    """Return the provider that the command line names, else the one preferred.

    Raises:
        UsageError: it has no address, or an unusable one.
    """
    dialect = DialectName(arguments.dialect) if arguments.dialect else None
    if arguments.provider:
        provider = built_in(arguments.provider)
    elif arguments.base_url:
        provider = CUSTOM
    else:
        provider = preferences.provider()
    try:
        if arguments.base_url:
            return provider.at(arguments.base_url, dialect)
        if provider.id == arguments.provider:
            provider = preferences.provider(provider.id)
        if not provider.base_url and provider.id != DEMO.id:
            raise UsageError(f"{provider.name} needs an address: --base-url URL")
        return replace(provider, dialect=dialect) if dialect else provider
    except BadAddressError as error:
        raise UsageError(str(error)) from None


def parse_window(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the window; raises SystemExit as `parse` does."""
    if not argv:
        # What nearly every start says; the parser would take as long as drawing the window.
        nothing = dict.fromkeys(("data_dir", "provider", "dialect", "base_url", "ask"))
        flags = dict.fromkeys(("quick_ask", "toggle", "new", "hidden"), False)
        return cast("argparse.Namespace", SimpleNamespace(**nothing, **flags, model="", things=[]))
    import argparse

    parser = argparse.ArgumentParser(prog="headwater", description="Open the window.")
    _add_place(parser, None)
    _add_route(parser)
    _add_windows(parser)
    parser.add_argument(
        "things",
        nargs="*",
        metavar="TEXT|FILE|URL",
        help="put into the quick ask, never sent: a question, files, a headwater: URL",
    )
    return parser.parse_args(argv)


def begins_with_window(arguments: argparse.Namespace) -> bool:
    """Whether a first start with these arguments shows the main window."""
    return not (
        arguments.quick_ask
        or arguments.toggle
        or arguments.hidden
        or arguments.things
        or arguments.ask is not None
    )


def summons_of(arguments: argparse.Namespace, activation_token: str = "") -> Summons:
    """Return which window the arguments of `parse_window` ask for, and what goes into it."""
    from headwater.domain.summons import SCHEME, Summons, SummonsKind

    text: list[str] = [arguments.ask] if arguments.ask else []
    files: list[str] = []
    kind = SummonsKind.QUICK_ASK if arguments.quick_ask else SummonsKind.SHOW
    for thing in arguments.things:
        if thing.lower().startswith(f"{SCHEME}:"):
            asked = Summons.from_url(thing)
            text += [asked.text] if asked.text else []
            kind = asked.kind if kind == SummonsKind.SHOW else kind
        elif path := _file_path(thing):
            files.append(path)
        else:
            text.append(thing)
    if text or files or arguments.ask is not None:
        kind = SummonsKind.QUICK_ASK
    elif arguments.toggle:
        kind = SummonsKind.TOGGLE
    elif arguments.new:
        kind = SummonsKind.NEW_QUESTION
    elif arguments.hidden:
        kind = SummonsKind.NOTHING
    return Summons(kind, " ".join(text), tuple(files), activation_token)


def _file_path(thing: str) -> str:
    """Return the absolute path of the file that `thing` names, empty if it names none."""
    path = thing
    if thing.startswith("file:"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        parts = urlsplit(thing)
        if parts.netloc not in ("", "localhost"):
            return ""
        path = url2pathname(parts.path)
    elif len(thing) > _LONGEST_PATH or "\n" in thing or "\0" in thing:
        return ""
    return os.path.abspath(path) if os.path.isfile(path) else ""  # noqa: PTH100, PTH113 - text in, text out


def _add_route(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", choices=[p.id for p in BUILT_IN], help="whom to ask")
    parser.add_argument("--dialect", choices=[d.value for d in DialectName], help="how it speaks")
    parser.add_argument("--base-url", metavar="URL", help="the server's address")
    parser.add_argument("--model", default="", help="which model answers")


def _add_windows(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick-ask", action="store_true", help="open the quick ask")
    which.add_argument("--toggle", action="store_true", help="open the quick ask, or hide it")
    which.add_argument(
        "--ask", metavar="TEXT", help="open the quick ask with TEXT in it; Enter sends it"
    )
    which.add_argument("--new", action="store_true", help="open the window at a new question")
    which.add_argument("--hidden", action="store_true", help="start without a window")


def _add_history(history: argparse.ArgumentParser) -> None:
    history.add_argument("search", nargs="?", default="", help="only those that contain this")
    history.add_argument("--json", action="store_true", help="print one JSON list")


def _add_show(show: argparse.ArgumentParser) -> None:
    show.add_argument("id", help="its id, as `headwater history` prints it")
    show.add_argument("--json", action="store_true", help="print one JSON object")


def _add_backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument(
        "file", nargs="?", default="", help="a new file; beside the daily backups without it"
    )


def _add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("file", help="what `headwater backup` wrote, or a daily backup")


def _add_check(check: argparse.ArgumentParser) -> None:
    _add_route(check)
    check.add_argument(
        "--first-word",
        action="store_true",
        help="ask for a word of an answer as well, which may cost a few tokens",
    )


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("id", help="its id, as `headwater history` prints it")
    export.add_argument(
        "--format",
        choices=[form.value for form in ExportFormat],
        help="what to write; without it the ending of FILE decides, else md",
    )
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="-",
        help="where to; `-` or nothing is standard output",
    )
    export.add_argument("--force", action="store_true", help="replace FILE if it exists")


def _add_place(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        default=default,
        help="keep all of the program's files in DIR (also HEADWATER_DATA_DIR)",
    )


def _add_ask(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("question", nargs="?", help="the question; standard input without it")
    _add_route(ask)
    ask.add_argument("--no-stream", action="store_true", help="wait for the whole answer")
    ask.add_argument("--system", metavar="TEXT", default="", help="instructions for the model")
    ask.add_argument("--max-tokens", metavar="N", type=int, help="output limit at the server")
    ask.add_argument("--temperature", metavar="T", type=float, help="0 to 2")
    ask.add_argument("--top-p", metavar="P", type=float, help="above 0, at most 1")
    ask.add_argument("--stop-after", metavar="N", type=int, help="stop after N output tokens")
    ask.add_argument("--effort", choices=["fast", "low", "medium", "high", "xhigh"])
    ask.add_argument("--recency", choices=["hour", "day", "week", "month", "year"])
    ask.add_argument(
        "--domain",
        metavar="HOST",
        action="append",
        default=[],
        help="search only there; -HOST leaves it out (write --domain=-HOST); may be repeated",
    )
    ask.add_argument("--context-size", choices=["low", "medium", "high"])
    ask.add_argument("--search-mode", choices=["web", "academic", "sec"])
    ask.add_argument("--no-search", action="store_true", help="answer without a search")
    ask.add_argument(
        "--attach",
        metavar="FILE",
        action="append",
        default=[],
        help="a picture, PDF or text that goes along with the question; may be repeated",
    )
    ask.add_argument("--no-save", action="store_true", help="keep nothing of it")
    form = ask.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object at the end")
    form.add_argument("--json-lines", action="store_true", help="print each event as a JSON line")


_COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "ask": ("ask in the terminal", _add_ask),
    "history": ("list the kept conversations", _add_history),
    "show": ("print one kept conversation", _add_show),
    "export": ("write one kept conversation to a file", _add_export),
    "backup": ("copy the whole history to a file", _add_backup),
    "restore": ("put a backup in the place of the history", _add_restore),
    "check": ("try the connection to a provider, step by step", _add_check),
}
