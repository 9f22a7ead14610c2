"""The rules of the house that a reader should know and an import contract cannot say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_DESKTOP = _ROOT / "desktop"
_PACKAGE = _DESKTOP / "headwater"
_MODULES = {
    str(path.relative_to(_PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(_PACKAGE.rglob("*.py"))
}
_TESTS = {
    str(path.relative_to(_ROOT)): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((_ROOT / "tests").rglob("*.py"))
    if "node_modules" not in path.parts
}
_LOCKS = sorted((_ROOT / "packaging" / "locks").glob("*.txt"))

_WIDGETS = ("ui/",)
_WINDOW = ("ui/", "app.py")
_BELOW_QT = (
    "domain/",
    "protocol/",
    "export/",
    "session/",
    "adapters/",
    "cli.py",
    "command_line.py",
)
_PURE = ("domain/", "protocol/", "export/")


def _places(
    where: tuple[str, ...], breaks: Callable[[ast.AST], object], *, but: tuple[str, ...] = ()
) -> list[str]:
    """Return the file and line of every node in `where` that breaks a rule."""
    return [
        f"{name}:{getattr(node, 'lineno', 1)}"
        for name, tree in _MODULES.items()
        if name.replace(os.sep, "/").startswith(where) and name.replace(os.sep, "/") not in but
        for node in ast.walk(tree)
        if breaks(node)
    ]


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that an import statement brings in, wherever in the file it stands."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _imports(*packages: str) -> Callable[[ast.AST], bool]:
    wanted = tuple(f"{package}." for package in packages)
    return lambda node: any(f"{name}.".startswith(wanted) for name in _names(node))


def _calls(*methods: str) -> Callable[[ast.AST], bool]:
    def is_call(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in methods

    return is_call


def _python(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in an interpreter of its own, with the package in reach."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(_DESKTOP)},
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_that_every_import_contract_is_kept() -> None:
    checked = _python(
        "from importlinter.cli import lint_imports_command as check;"
        "check(['--no-logo', '--no-cache'])"
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_that_qt_stays_on_the_top_two_floors_even_in_a_lazy_import() -> None:
    assert _places(_BELOW_QT, _imports("PySide6", "shiboken6", "qasync")) == []


def test_that_the_terminal_starts_without_what_is_slow_to_import() -> None:
    slow = "{'PySide6', 'shiboken6', 'qasync', 'httpx', 'keyring', 'markdown_it', 'pygments'}"
    started = _python(f"import sys, headwater.cli; print(sorted({slow} & set(sys.modules)))")

    assert started.stdout == "[]\n", started.stdout + started.stderr


def test_that_the_window_is_painted_without_what_is_slow_to_make() -> None:
    """A style alone takes 5 ms: its class has hundreds of names."""
    started = _python(
        "import os, sys, tempfile\n"
        "os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from headwater import app, command_line\n"
        "arguments = command_line.parse_window(['--data-dir', tempfile.mkdtemp()])\n"
        "window = app.App(app.make_application(), arguments)\n"
        "window.show()\n"
        "from PySide6 import QtGui, QtWidgets\n"
        "print(window.window.is_painted, sorted({'QStyle', 'QLabel'} & set(vars(QtWidgets))),\n"
        "      sorted({'QAccessible'} & set(vars(QtGui))),\n"
        "      [m for m in sys.modules if m.startswith('headwater.')\n"
        "       and m.endswith(('release', 'answer', 'events'))], flush=True)\n"
        "os._exit(0)"
    )

    assert started.stdout == "True ['QLabel'] [] []\n", started.stdout + started.stderr


def test_that_formulas_and_colours_are_loaded_ahead() -> None:
    started = _python(
        "import sys\n"
        "from headwater.app import _load_answer_tools\n"
        "tools = {'ziamath', 'pygments.lexers.python'}\n"
        "print(sorted(tools & set(sys.modules)))\n"
        "_load_answer_tools()\n"
        "print(sorted(tools & set(sys.modules)))"
    )

    expected = "[]\n['pygments.lexers.python', 'ziamath']\n"
    assert started.stdout == expected, started.stdout + started.stderr


def test_that_domain_protocol_and_export_neither_read_nor_write() -> None:
    def touches(node: ast.AST) -> bool:
        name = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        return name in ("open", "print", "input") or _imports("urllib.request")(node)

    assert _places(_PURE, touches) == []


def test_that_the_protocol_has_no_clock() -> None:
    assert _places(("protocol/",), _calls("now", "utcnow", "today", "monotonic", "sleep")) == []


def test_that_only_a_task_scope_makes_tasks() -> None:
    """A TaskGroup may as well: it ends in the block that began it."""
    making = _calls("create_task", "ensure_future", "asyncSlot", "run_coroutine_threadsafe")
    groups = {
        ast.unparse(item.optional_vars)
        for tree in _MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if item.optional_vars and ast.unparse(item.context_expr) == "asyncio.TaskGroup()"
    }

    def makes_one_without_an_owner(node: ast.AST) -> bool:
        if not making(node):
            return False
        return ast.unparse(node).removeprefix("await ").partition(".create_task(")[0] not in groups

    assert _places(("",), makes_one_without_an_owner, but=("session/task_scope.py",)) == []


def test_that_a_cancelled_task_stays_cancelled() -> None:
    def swallows(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.ExceptHandler)
            and node.type is not None
            and "CancelledError" in ast.unparse(node.type)
            and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        )

    assert _places(("",), swallows) == []


# Who may reach for the network, and why; everybody else asks `adapters/http.py`, which lists it.
_MAY_CONNECT = {
    "adapters/http.py": "the one place that talks HTTP",
    "adapters/trust.py": "makes the contexts that verify",
    "adapters/http_library.py": "imports httpx for it",
    "adapters/http_failure.py": "tells the errors of sockets and TLS apart",
    "adapters/connection_path.py": "reads the day on a certificate, names a type",
    "adapters/answer_service.py": "names the type of a response",
    "adapters/system_proxy.py": "asks urllib for the system's proxies",
    "adapters/local_servers.py": "asks this machine alone, and lists it",
    "adapters/demo_server.py": "listens on this machine alone",
    "adapters/instance_socket.py": "a local socket, for a further start",
    "adapters/session_bus.py": "D-Bus, a local socket",
    "ui/instance_pipe.py": "a named pipe of Windows, for a further start",
}


def test_that_S36_nothing_that_was_kept_can_come_to_life() -> None:
    """Data is read as data: no pickle, nothing that is executed, no variants of Qt's settings."""
    revives = _imports("pickle", "marshal", "shelve", "dill", "yaml", "copyreg", "code")

    def runs_text(node: ast.AST) -> bool:
        is_builtin = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        return is_builtin and ast.unparse(node).startswith(("eval(", "exec(", "compile("))

    def is_variant(node: ast.AST) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).endswith(
            ("QSettings", "QDataStream")
        )

    assert _places(("",), lambda n: revives(n) or runs_text(n) or is_variant(n)) == []


def test_that_whoever_could_open_a_connection_is_named_with_the_reason() -> None:
    brings = _imports(
        *("httpx", "httpcore", "socket", "socketserver", "ssl", "http", "ftplib", "smtplib"),
        *("urllib.request", "urllib3", "requests", "xmlrpc", "telnetlib", "imaplib", "poplib"),
        *("PySide6.QtNetwork", "webbrowser", "truststore"),
    )
    opens = _calls(
        *("open_connection", "create_connection", "create_datagram_endpoint", "start_server"),
        *("create_server", "open_unix_connection", "sock_connect", "urlopen", "getaddrinfo"),
    )

    def reaches_out(node: ast.AST) -> bool:
        # Turning an address of a file into a path takes nothing from the network.
        is_path = list(_names(node)) == ["urllib.request.url2pathname"]
        is_gesture = ast.unparse(node).startswith("self._parts.")  # opens the dialog
        return (brings(node) and not is_path) or (opens(node) and not is_gesture)

    found = {place.rpartition(":")[0] for place in _places(("",), reaches_out)}

    assert found == set(_MAY_CONNECT)


def test_that_no_dialog_stops_the_loop() -> None:
    """Use open() and a signal: exec() in a task breaks every other task under qasync."""
    assert _places(_WINDOW, _calls("exec", "exec_", "getOpenFileName", "getSaveFileName")) == []


def test_that_nothing_is_reached_through_the_application() -> None:
    def asks_for_it(node: ast.AST) -> bool:
        return (
            re.match(r"Q\w*Application\.\w*(instance|Widgets?|Window)\(", ast.unparse(node))
            is not None
        )

    assert _places(_WIDGETS, asks_for_it) == []


def test_that_no_markup_but_ours_reaches_a_document() -> None:
    """Qt's own readers keep every link scheme and ask for every image."""
    reads = _calls("setMarkdown", "insertMarkdown", "setHtml", "insertHtml")

    def lets_it_in(node: ast.AST) -> bool:
        to_the_clipboard = ast.unparse(node).startswith(("data.", "mime_data."))
        opens_links = ast.unparse(node).endswith("setOpenExternalLinks(True)")
        return opens_links or (reads(node) and not to_the_clipboard)

    assert _places(_WINDOW, lets_it_in) == []


def test_that_S2_S5_one_place_opens_addresses_and_no_document_reads_any() -> None:
    assert [p.partition(":")[0] for p in _places(("",), _calls("openUrl"))] == ["app.py"]
    assert _places(("",), _calls("QTextDocument")) == []  # a BareDocument loads nothing


def test_that_only_the_theme_names_colours() -> None:
    colour = re.compile(r"#(?:[0-9a-fA-F]{3,4}){1,2}\b|\brgba?\(")

    def is_colour(node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("QColor"):
            return any(isinstance(argument, ast.Constant) for argument in node.args)
        return (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and colour.search(node.value) is not None
        )

    assert _places(_WIDGETS, is_colour, but=("ui/theme.py",)) == []


def test_that_every_module_says_in_one_line_what_it_is() -> None:
    silent = [name for name, tree in _MODULES.items() if not (ast.get_docstring(tree) or "")]
    vague = re.compile(r"(^|[/_])(utils?|helpers?|common|misc|base|managers?|handlers?)\.py$")

    assert silent == []
    assert [name for name in _MODULES if vague.search(name.replace(os.sep, "/"))] == []


def test_that_tests_are_named_by_what_is_true_and_none_is_skipped() -> None:
    functions = [
        (f"{name}:{node.lineno}", node.name)
        for name, tree in _TESTS.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    skips = [
        f"{name}:{node.lineno}"
        for name, tree in _TESTS.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("skip", "skipif", "importorskip")
        and ast.unparse(node.value) in ("pytest", "pytest.mark")
    ]

    assert [place for place, name in functions if not name.startswith("test_that_")] == []
    assert [place for place, name in functions if re.search("_works?$|correctly", name)] == []
    assert skips == []


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda path: str(path.name))
def test_that_a_lock_pins_and_hashes_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    requirements = re.sub(r"\\\n", " ", text).splitlines()
    pinned = [line for line in requirements if line.strip() and not line.lstrip().startswith("#")]

    assert pinned
    assert [line for line in pinned if not re.match(r"[a-z0-9._-]+(\[\S+\])?==\S+ ", line)] == []
    assert [line for line in pinned if "--hash=sha256:" not in line] == []
    assert re.findall(r"\S*://\S*|^\s*-(?!-hash=)\S*.*| @ \S+", text, re.MULTILINE) == []


def test_that_this_python_and_this_pyside_keep_none_alive() -> None:
    """PySide6 6.12 on Python 3.11 loses a reference to None per call and then aborts."""
    ran = _python(
        "import sys\n"
        "from PySide6.QtCore import QObject\n"
        "thing, before = QObject(), sys.getrefcount(None)\n"
        "for _ in range(20_000): thing.setObjectName('x')\n"
        "print(before - sys.getrefcount(None))"
    )

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 100
