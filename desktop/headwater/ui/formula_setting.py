"""Sets TeX as outlines, without Qt and without colour."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from headwater.domain.formula import MOST_TEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

_DEEPEST = 24  # braces, brackets and environments within each other
_LARGEST = 150.0  # em
_BEARING = 0.05  # em
_SIZE = 24.0  # pixels to an em while it is set; the font's smallest size is counted from it
_NESTING = re.compile(r"\\(?:left|right|begin|end)(?![a-zA-Z])|\\.|[{}]", re.DOTALL)
_DEFINES = re.compile(r"\\(?:(?:re)?newcommand|def|let|DeclareMathOperator)(?![a-zA-Z])")
_MARKUP = re.compile(r"</|/>")  # latex2mathml lets text of \text out as markup
_STEPS = {"{": 1, "}": -1, "\\left": 1, "\\right": -1, "\\begin": 1, "\\end": -1}
_OUTLINE = re.compile(r"[MLQCZ]|-?[0-9.]+(?:e-?[0-9]+)?")
_TAGS = frozenset(
    {
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "mroot"),
        *("msub", "msup", "msubsup", "mover", "munder", "munderover", "none"),
        *("mtable", "mtr", "mtd", "menclose", "mpadded", "mphantom"),
    }
)
_BESIDE_FUNCTION = (*("mi", "mn", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot", "mrow"),)
# What models write, and latex2mathml does not read or reads otherwise.
_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}"), " "),
    (
        re.compile(
            r"\\(begin|end)\{(?:aligned|align|split|gathered|gather|multline|eqnarray)\*?\}"
        ),
        r"\\\1{align*}",
    ),
    (re.compile(r"\\(?:notag|nonumber)(?![a-zA-Z])|\\label\{[^{}]*\}"), " "),
    (re.compile(r"\\tag\*?\{([^{}]*)\}"), r"\\qquad\\text{(\1)}"),
    (re.compile(r"\\(?:bm|pmb)(?![a-zA-Z])"), r"\\boldsymbol"),
    (re.compile(r"\\(?:mathrm|textrm)(?=\{)"), r"\\mathrm "),
    (re.compile(r"\\cfrac(?![a-zA-Z])"), r"\\dfrac"),
    (re.compile(r"\\[lr]Vert(?![a-zA-Z])"), r"\\|"),
    (re.compile(r"\\[lr]vert(?![a-zA-Z])"), "|"),
)

_BREAKS = frozenset("=≠≡≈≃≅∼∝<>≤≥≪≫⩽⩾→⟶←↔⇒⟹⇔⟺↦∈∉⊂⊆∣+-−±∓")
_WIDE_SPACES = ("1em", "2em")
_LENGTHS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
X_HEIGHT = 0.473  # of the font, in em

Step = tuple[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class SetFormula:
    """A formula in units of an em; y grows downwards and is 0 where the letters stand."""

    left: float
    width: float
    ascent: float
    descent: float
    commands: str
    numbers: array[float]

    def steps(self) -> Iterator[Step]:
        """Yield M, L, Q, C and Z of SVG's paths, absolute, to be filled by the nonzero rule."""
        at = 0
        for command in self.commands:
            end = at + _LENGTHS[command]
            yield command, tuple(self.numbers[at:end])
            at = end


class _NotSetError(Exception):
    """It cannot be shown as it is meant."""


def is_display(source: str) -> bool:
    """Whether the delimiters are those of a formula on a line of its own."""
    return source.startswith(("\\[", "$$"))


def bare_tex(source: str) -> str:
    """Return a formula without its delimiters."""
    width = 1 if source[0] == "$" and source[1] != "$" else 2
    return source[width:-width]


@lru_cache(maxsize=512)
def set_formula(tex: str, *, is_display: bool) -> SetFormula | None:
    """Return `tex` as outlines; None if it is no TeX that we can set, or too much of it."""
    if not is_settable(tex):
        return None
    try:
        return _set(tex, is_display=is_display)
    except Exception:  # noqa: BLE001 - the libraries raise whatever comes; the source is shown then
        return None


def is_settable(tex: str) -> bool:
    """Whether it is worth trying: neither too long nor nested too deep; costs no import."""
    if not tex.strip() or len(tex) > MOST_TEX or "%" in tex.replace("\\%", ""):
        return False
    if _DEFINES.search(tex) or _MARKUP.search(tex):
        return False
    depth = 0
    for found in _NESTING.finditer(tex):
        depth += _STEPS.get(found.group(), 0)
        if not 0 <= depth <= _DEEPEST:
            return False
    return depth == 0


@lru_cache(maxsize=64)
def broken_formula(tex: str, most: int) -> tuple[SetFormula, ...]:
    """Return a formula on a line of its own as lines of about `most` em, where it can be broken.

    It is broken before relations, signs and wide spaces that stand in no brackets.
    """
    whole = set_formula(tex, is_display=True)
    try:
        return tuple(_broken(tex, whole.width, most)) if whole is not None else ()
    except Exception:  # noqa: BLE001 - the libraries raise whatever comes; it stays whole then
        return (whole,) if whole is not None else ()


def _broken(tex: str, whole: float, most: int) -> Iterator[SetFormula]:
    element = _mathml(tex, is_display=True)
    row = element[0] if len(element) == 1 and element[0].tag == "mrow" else element
    # Each piece takes part in the width as it does in what is written: setting all would take long.
    em = whole / max(sum(map(_extent, row)), 0.1)
    lines: list[list[Element]] = [[]]
    width = 0.0
    for piece in _pieces(row):
        wide = em * sum(map(_extent, piece))
        if lines[-1] and width + wide > most:
            lines.append([])
            width = 0.0
        if lines[-1] or not _is_wide_space(piece[0]):
            lines[-1] += piece
            width += wide
    yield from (_outlines(_row_like(element, line)) for line in lines if line)


def _pieces(row: Element) -> Iterator[list[Element]]:
    """Yield what stays together, a wide space by itself."""
    piece: list[Element] = []
    depth = 0
    is_between_bars = False
    for part in row:
        sign = (part.text or "").strip() if part.tag == "mo" else ""
        may_break = sign in _BREAKS or _is_wide_space(part) or _is_wide_space(piece[-1:])
        if piece and may_break and not depth and not is_between_bars:
            yield piece
            piece = []
        piece.append(part)
        depth += (sign in tuple("([{")) - (sign in tuple(")]}"))
        is_between_bars ^= sign in ("|", "‖")
    if piece:
        yield piece


def _is_wide_space(part: Element | list[Element]) -> bool:
    if isinstance(part, list):
        return bool(part) and _is_wide_space(part[0])
    return part.tag == "mspace" and part.get("width") in _WIDE_SPACES


def _extent(part: Element) -> float:
    """Return about how wide a part is, in letters."""
    inner = [_extent(child) for child in part]
    match part.tag:
        case "mspace":
            return 2.0 if _is_wide_space(part) else 0.4
        case "mfrac" | "munder" | "mover" | "munderover":
            return max(inner, default=0.0)
        case "msub" | "msup" | "msubsup":
            return inner[0] + 0.7 * max(inner[1:], default=0.0) if inner else 0.0
        case "mo":
            return len(part.text or "") + (1.0 if (part.text or "") in _BREAKS else 0.0)
        case _:
            return len(part.text or "") + sum(inner)


def _row_like(formula: Element, parts: Iterable[Element]) -> Element:
    from xml.etree.ElementTree import Element as MathElement

    line = MathElement("math", formula.attrib)
    row = MathElement("mrow")
    row.extend(parts)
    line.append(row)
    return line


def _set(tex: str, *, is_display: bool) -> SetFormula:
    return _outlines(_mathml(tex, is_display=is_display))


def _outlines(element: Element) -> SetFormula:
    # Imported late: few answers have formulas. Whoever began to type has had it loaded ahead.
    from headwater.ui.formula_engine import draw, has_glyph

    for part in element.iter():
        if part.tag not in _TAGS or "mathbackground" in part.attrib:
            raise _NotSetError(part.tag)
        text = part.text or ""
        # An unknown command comes back as its own name.
        if text.startswith("\\") or not all(map(has_glyph, text)):
            raise _NotSetError(text)
    drawing = draw(element, _SIZE)
    steps: list[Step] = []
    for shape in drawing.iter():
        _add_shape(shape, steps)
    left, top, width, height = (float(n) / _SIZE for n in drawing.attrib["viewBox"].split())
    # The box is as narrow as the outlines; letters stand a little apart.
    left, width = min(left, 0.0), width + max(left, 0.0) + _BEARING
    if not steps or not (0 < width < _LARGEST and 0 < height < _LARGEST):
        raise _NotSetError
    commands = "".join(command for command, _ in steps)
    numbers = array("f", (number for _, values in steps for number in values))
    return SetFormula(left, width, max(0.0, -top), max(0.0, height + top), commands, numbers)


def _mathml(tex: str, *, is_display: bool) -> Element:
    from xml.etree import ElementTree as ET

    from latex2mathml.converter import convert

    for pattern, written in _REWRITTEN:
        tex = pattern.sub(written, tex)
    mathml = convert(tex, display="block" if is_display else "inline")
    # As wide as a column of text, else.
    mathml = mathml.replace('columnspacing="0em 2em"', 'columnspacing="0em 0.3em"')
    # Arrows do not grow with what stands beside them; hats and tildes do with what is below.
    mathml = re.sub(r"<mo>&#x(0219[0-9A-F]);", r'<mo stretchy="false">&#x\1;', mathml)
    mathml = mathml.replace('<mo stretchy="false">&#x0005E;', '<mo stretchy="false">&#x2C6;')
    mathml = mathml.replace("<mo>&#x0005E;", "<mo>&#x00302;")
    mathml = mathml.replace("<mo>&#x0007E;", "<mo>&#x00303;")
    element: Element = ET.fromstring(mathml)  # noqa: S314 - Python's expat has no network
    for part in element.iter():
        part.tag = part.tag.rpartition("}")[2]
    for part in element.iter("mrow"):
        _space_functions(part)
    return element


def _space_functions(row: Element) -> None:
    """Set `sin x` apart as TeX does; latex2mathml writes both without anything between them."""
    from xml.etree.ElementTree import Element

    parts = list(row)
    for index, (part, following) in reversed(list(enumerate(pairwise(parts)))):
        if (_is_function(part) and following.tag in _BESIDE_FUNCTION) or (
            _is_function(following) and part.tag in _BESIDE_FUNCTION
        ):
            row.insert(index + 1, Element("mspace", {"width": "0.167em"}))


def _is_function(part: Element) -> bool:
    tags = ["mo"]  # ziamath itself puts space around those that are mi
    if part.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover") and len(part):
        part, tags = part[0], ["mo", "mi"]
    text = (part.text or "").strip()
    return part.tag in tags and len(text) > 1 and text.isalpha()


def _add_shape(shape: Element, steps: list[Step]) -> None:
    match shape.tag.rpartition("}")[2]:
        case "svg" | "g" if "transform" not in shape.attrib:
            pass
        case "path" if "stroke" not in shape.attrib:
            command = ""
            numbers: list[float] = []
            for token in (*_OUTLINE.findall(shape.attrib["d"]), "M"):
                if token.isalpha():
                    if command:
                        steps.append((command, tuple(numbers)))
                    command, numbers = token, []
                else:
                    numbers.append(float(token) / _SIZE)
        case "path":
            _add_stroke(shape, steps)
        case "rect":
            _add_bar(shape, steps)
        case other:
            raise _NotSetError(other)


def _add_bar(shape: Element, steps: list[Step]) -> None:
    x, y, width, height = (float(shape.attrib[n]) / _SIZE for n in ("x", "y", "width", "height"))
    line = float(shape.attrib.get("stroke-width", "0")) / _SIZE
    if not line:
        _add_box(steps, x, y, width, height)
        return
    # A frame: its four sides.
    for side in (
        (x, y, width, line),
        (x, y + height - line, width, line),
        (x, y, line, height),
        (x + width - line, y, line, height),
    ):
        _add_box(steps, *side)


def _add_box(steps: list[Step], x: float, y: float, width: float, height: float) -> None:
    right, bottom = x + width, y + height
    corners = ((x, y), (right, y), (right, bottom), (x, bottom))
    steps += (("M", corners[0]), *(("L", corner) for corner in corners[1:]), ("Z", ()))


def _add_stroke(shape: Element, steps: list[Step]) -> None:
    """Add a straight line, as it strikes something out, as the thin quadrangle that it covers."""
    numbers = [float(n) / _SIZE for n in _OUTLINE.findall(shape.attrib["d"]) if not n.isalpha()]
    if len(numbers) != 4 or "marker-end" in shape.attrib:
        raise _NotSetError(shape.attrib["d"])
    x, y, to_x, to_y = numbers
    half = float(shape.attrib["stroke-width"]) / _SIZE / 2
    length = max(((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5, half)
    across, up = (to_y - y) / length * half, (x - to_x) / length * half
    steps += (
        ("M", (x + across, y + up)),
        ("L", (to_x + across, to_y + up)),
        ("L", (to_x - across, to_y - up)),
        ("L", (x - across, y - up)),
        ("Z", ()),
    )
