"""Draws MathML by ziamath; a third of a second to import, so import it late, or ahead on a thread.

ziamath's rows lay out all they contain twice, once to learn how high stretching brackets must be,
so its time doubles with each level of nesting (12 fractions within each other: 7 s). Our rows
measure only where something stretches, remember what was measured, and give up on a formula that
is out of all proportion. Whoever imports this while another thread does waits for that.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

with warnings.catch_warnings():
    # It asks for its font in a way that Python 3.11 and 3.12 advise against.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ziafont
    from ziamath import operators
    from ziamath.nodes.mrow import Mrow
    from ziamath.zmath import Math

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_PARTS = 600  # laid out, some of them more than once; about 0.1 ms each
_ROWS = ("mrow", "math", "mtable", "mtr", "mtd", "none")

ziafont.config.svg2 = False  # every outline where it is used


class TooManyPartsError(Exception):
    """Laying a formula out would take too long."""


class _Laid:
    """What is known of the formula that is being laid out."""

    def __init__(self) -> None:
        self.parts = 0
        self.measured: dict[tuple[object, ...], tuple[float, float]] = {}


_laid = _Laid()


def _stretches(element: Element) -> bool:
    text = (element.text or "").strip()
    if element.tag == "mo":
        look = {**operators.get_params(text, element.get("form", "infix")), **element.attrib}
        return str(look.get("stretchy", "false")) != "false"
    if element.tag == "mi":
        return bool(text in operators.names)
    return element.tag not in _ROWS and any(map(_stretches, element))


class _Row(Mrow, tag="mrow"):  # type: ignore[call-arg, misc] # takes the place of theirs
    def __init__(self, element: Element, parent: Any, **around: Any) -> None:  # noqa: ANN401
        _laid.parts += 1 + len(element)
        if _laid.parts > _MOST_PARTS:
            raise TooManyPartsError
        super().__init__(element, parent, **around)

    def _get_height_nostretch(self, line: list[Element], **around: Any) -> tuple[float, float]:  # noqa: ANN401
        if not any(map(_stretches, line)):
            return 9999, -9999  # nobody asks
        written = b"".join(map(ET.tostring, line))
        look = (repr(self.style), self.size, self.glyphsize, repr(sorted(around.items())))
        key = (written, *look)
        if key not in _laid.measured:
            _laid.measured[key] = super()._get_height_nostretch(line, **around)
        return _laid.measured[key]


_font = Math(ET.fromstring("<math><mi>x</mi></math>")).font  # noqa: S314


def draw(element: Element, size: float) -> Element:
    """Return MathML as an SVG drawing without a margin, with `size` pixels to an em.

    Raises:
        TooManyPartsError: it is out of all proportion.
        Exception: whatever the library raises.
    """
    _font.language("math", "")  # which a formula that failed may have left otherwise
    _laid.measured.clear()
    _laid.parts = 0
    drawing: Element = Math(element, size=size, margin=0).svgxml()
    return drawing


def has_glyph(character: str) -> bool:
    """Whether the font can draw a character."""
    if character < "\x7f" or not character.isprintable():
        return True
    return bool(_font.glyphindex(character))
