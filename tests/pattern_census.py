"""Every regular expression of the program, where it stands and how it is applied."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import headwater

_PACKAGE = Path(headwater.__file__).parent
_CALLS = ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
_FLAGS_AT = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
_AT_START = frozenset({"match", "fullmatch"})


@dataclass(frozen=True, slots=True)
class Found:
    """A regular expression, None if its text is only known when it is used.

    `place` is the module and the name that it has, or the function that uses it without one, and
    which of those without a name it is there. One that `is_anchored` is only tried where a text
    begins.
    """

    place: str
    pattern: re.Pattern[str] | None
    is_anchored: bool

    @property
    def apply(self) -> Callable[[str], object]:
        """What takes a text and does the most that the program does with it."""
        assert self.pattern is not None, self.place
        if self.is_anchored:
            return self.pattern.match
        search = self.pattern.finditer
        return lambda text: sum(1 for _ in search(text))


def all_patterns() -> Iterator[Found]:
    """Yield the regular expressions of all modules."""
    paths = sorted(_PACKAGE.rglob("*.py"))
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    abroad = _methods_by_name(trees.values())
    for path, tree in trees.items():
        at_home = _methods_by_name([tree])
        yield from _patterns_of(path, tree, at_home, abroad)


def _patterns_of(
    path: Path, tree: ast.Module, at_home: dict[str, set[str]], abroad: dict[str, set[str]]
) -> Iterator[Found]:
    within = path.relative_to(_PACKAGE).as_posix()
    counted: dict[str, int] = {}
    for owner, call in _owned_calls(tree):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method != "compile" and isinstance(call.args[0], ast.Name):
            continue  # it has a name, and was found there
        number = counted[owner] = counted.get(owner, 0) + 1
        name = owner if number == 1 else f"{owner}#{number}"
        uses = at_home if owner.startswith("_") else abroad
        called = uses.get(owner, set()) if method == "compile" else {method}
        is_anchored = bool(called) and called <= _AT_START
        yield Found(f"{within}:{name}", _compiled(path, call, method), is_anchored)


def _owned_calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of `re`, each with the name or function of the module that it belongs to."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=owner)]) | ast.AnnAssign(target=ast.Name(id=owner))
            ):
                yield from ((owner, call) for call in _calls_in(statement))
            case ast.ClassDef(name=owner):
                for inner in statement.body:
                    name = getattr(inner, "name", "")
                    yield from ((f"{owner}.{name}", call) for call in _calls_in(inner))
            case _:
                yield from ((getattr(statement, "name", ""), c) for c in _calls_in(statement))


def _calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name)) if name in _CALLS:
                yield node


def _compiled(path: Path, call: ast.Call, method: str) -> re.Pattern[str] | None:
    """Return the pattern of a call, read in its module; None if that needs more than the module."""
    module = importlib.import_module(_module_of(path))
    parts = [call.args[0], *(word.value for word in call.keywords if word.arg == "flags")]
    parts += call.args[_FLAGS_AT.get(method, 99) :][:1]
    try:
        text, *flags = (
            eval(compile(ast.Expression(part), str(path), "eval"), vars(module)) for part in parts
        )
    except NameError:
        return None
    return re.compile(text, *flags)


def _module_of(path: Path) -> str:
    parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _methods_by_name(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Return which methods are called on each name, with a question mark where it is handed on."""
    methods: dict[str, set[str]] = {}
    for tree in trees:
        asked: set[ast.Name] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name() as name, attr=method):
                    methods.setdefault(name.id, set()).add(method)
                    asked.add(name)
                case ast.Name(id=handed_on, ctx=ast.Load()) if node not in asked:
                    methods.setdefault(handed_on, set()).add("?")
    return methods
