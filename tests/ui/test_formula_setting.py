"""TeX as models write it becomes outlines, and what cannot be set costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from headwater.ui import formula_setting
from headwater.ui.formula_setting import (
    SetFormula,
    bare_tex,
    broken_formula,
    is_display,
    is_settable,
    set_formula,
)

SET = [
    "x",
    "x^2 + y_1",
    "a_{i,j}^{(n)}",
    "f'(x)",
    r"E = mc^2",
    r"\frac{a}{b}",
    r"\dfrac{1}{2} + \tfrac12",
    r"\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
    r"\sqrt[3]{x}",
    r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}",
    r"\prod_{k=1}^n k",
    r"\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}",
    r"\oint \iint \iiint",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"\log_2 n \le \ln n \ll \max_{i} a_i",
    r"\binom{n}{k} = \frac{n!}{k!(n-k)!}",
    r"\alpha \beta \gamma \Gamma \epsilon \varepsilon \theta \varphi \Omega",
    r"\mathbb{R}^n \subseteq \mathbb{C}, \mathcal{L}, \mathfrak{g}, \mathbf{v}, \mathrm{d}x",
    r"\boldsymbol{\beta} + \bm{x}",
    r"\text{if } x > 0",
    r"\operatorname{argmin}_x f(x)",
    r"\hat{x}\; \bar{x}\; \vec{v}\; \dot{x}\; \ddot{x}\; \tilde{x}\; \widehat{AB}\; \overline{AB}",
    r"\left( \frac{a}{b} \right)^2",
    r"\left[ x \right] \left\{ y \right\} \left| z \right|",
    r"\big( \Big( \bigg( x \bigg) \Big) \big)",
    r"|\psi\rangle = \alpha|0\rangle + \beta|1\rangle",
    r"\lVert x \rVert_2 \lvert y \rvert \|z\|",
    r"\lfloor x \rfloor \lceil y \rceil",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}",
    r"\begin{vmatrix} a & b \\ c & d \end{vmatrix} = ad - bc",
    r"\begin{cases} x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}",
    "\\begin{aligned}\na &= b + c \\\\\n  &= d\n\\end{aligned}",
    "\\begin{align*} x &= 1 \\\\ y &= 2 \\end{align*}",
    "\\begin{equation} x = 1 \\end{equation}",
    "\\begin{gathered} x = 1 \\\\ y = 2 \\end{gathered}",
    r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
    r"\underbrace{a + b}_{c} \overbrace{d}^{e}",
    r"\overset{!}{=} \underset{x}{\min} \stackrel{d}{=}",
    r"\boxed{x = 1}",
    r"\cancel{x}",
    r"A \cup B \cap C \setminus D \in E \notin F \emptyset",
    r"\forall x \exists y: x \implies y \iff z \to w \mapsto v",
    r"\nabla \cdot \mathbf{E} = \frac{\rho}{\varepsilon_0}",
    r"\frac{\partial^2 u}{\partial t^2} = c^2 \nabla^2 u",
    r"5 \times 10^{-3}\,\text{m/s}",
    r"90^\circ, 50\%, \$5",
    r"a \equiv b \pmod{n}",
    r"x = 1 \tag{2}",
    r"\mathrm{H_2O} \rightleftharpoons \mathrm{H^+} + \mathrm{OH^-}",
    r"p(y \mid x) = \prod_{t=1}^{T} p(y_t \mid y_{<t}, x)",
    r"\color{red} x",
    "a < b > c",
]
NOT_SET = [
    "",
    "   ",
    r"\ce{H2O + CO2 -> H2CO3}",
    r"\unknown{x}",
    r"\SI{5}{m}",
    r"\frac{a}",
    "x_{",
    "}x{",
    r"\left( x",
    r"\begin{pmatrix} a & b",
    r"\text{如果}",
    "x % y",
    r"\newcommand{\x}{y} \x",
    r"\includegraphics{/etc/passwd}",
    r"\text{<svg onload=x>}",
    r"\text{a & b}",
    r"\text{]]><mglyph src='file:///etc/passwd'/>}",
    r"\hspace{100000cm} x",
    r"\text{a<mglyph src='file:///etc/passwd'/>}",
    r"\text{a</mtext><mglyph src='x'/><mtext>b}",
]
HOSTILE = [
    "{" * 100_000,
    "{" * 50_000 + "}" * 50_000,
    r"\frac{1}{" * 2000 + "x" + "}" * 2000,
    r"\frac{1}{" * 20 + "x" + "}" * 20,
    r"\left(" * 23 + "x" + r"\right)" * 23,
    r"\left(x+\frac{1}{" * 11 + "y" + r"}\right)" * 11,
    r"\sqrt" * 390 + "x",
    "x^" * 900 + "x",
    "x" + "'" * 1900,
    "+x" * 900,
    "|x" * 900,
    r"\widehat{" * 20 + "x" + "}" * 20,
    r"\sum_{i}^{" * 20 + "k" + "}" * 20,
    r"\begin{pmatrix}" * 20 + "x" + r"\end{pmatrix}" * 20,
    r"\begin{matrix}" + "a&" * 400 + r"a\end{matrix}",
    r"\binom{" * 250,
    r"\mathrm{" * 200,
    "&" * 1000,
    r"\\" * 900,
    "\x00\ud800\ufffe",
]


@pytest.mark.parametrize("tex", SET)
@pytest.mark.parametrize("is_on_its_own", [False, True])
def test_that_what_models_write_is_set(tex: str, is_on_its_own: bool) -> None:
    formula = set_formula(tex, is_display=is_on_its_own)
    assert formula is not None
    assert 0.2 < formula.width < 40
    assert 0.2 < formula.ascent + formula.descent < 8
    xs = [n for c, numbers in formula.steps() if c != "Z" for n in numbers[0::2]]
    ys = [n for c, numbers in formula.steps() if c != "Z" for n in numbers[1::2]]
    slack = 0.2  # control points lie outside, and accents lean
    assert formula.left - slack < min(xs)
    assert max(xs) < formula.left + formula.width + slack
    assert -formula.ascent - slack < min(ys)
    assert max(ys) < formula.descent + slack


@pytest.mark.parametrize("tex", NOT_SET)
def test_that_what_cannot_be_set_is_left_as_it_is(
    tex: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert set_formula(tex, is_display=True) is None
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


FOREIGN = [
    *("ms", "merror", "semantics", "annotation", "annotation-xml", "maction", "mglyph", "svg"),
    *("a", "image", "foreignObject", "script", "style", "mlabeledtr", "mlongdiv"),
]


@pytest.mark.parametrize("tag", FOREIGN)
def test_that_no_markup_but_that_of_formulas_is_drawn(
    tag: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tex = rf"\text{{a</mtext><{tag}>x</{tag}><mtext>b}}"
    with pytest.raises(formula_setting._NotSetError, match=f"^{tag}$"):
        formula_setting._set(tex, is_display=True)
    assert caplog.records == []
    # Nothing else would stop it: what it holds would be left out without a word.
    monkeypatch.setattr(formula_setting, "_TAGS", formula_setting._TAGS | {tag})
    assert formula_setting._set(tex, is_display=True) is not None


def test_that_no_colour_is_put_behind_a_formula() -> None:
    with pytest.raises(formula_setting._NotSetError):
        formula_setting._set(r"\colorbox{red}{x}", is_display=True)


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{a</mtext><mi>x</mi><mtext>b}",
        r"\text{a<mspace/>b}",
        r"\mbox{</mtext><mtable><mtr><mtd>x</mtd></mtr></mtable><mtext>}",
        r"\textbf{a</mtext><mphantom>x</mphantom><mtext>b}",
    ],
)
def test_that_text_in_a_formula_cannot_be_markup(tex: str) -> None:
    assert not is_settable(tex)
    assert set_formula(tex, is_display=False) is None


@pytest.mark.parametrize("tex", ["a<b>c", "a < b / c > d", r"\text{a / b}"])
def test_that_comparing_and_dividing_are_no_markup(tex: str) -> None:
    assert set_formula(tex, is_display=False) is not None


def height(tex: str, *, is_on_its_own: bool = False) -> float:
    formula = set_formula(tex, is_display=is_on_its_own)
    assert isinstance(formula, SetFormula)
    return formula.ascent + formula.descent


def test_that_brackets_grow_with_what_they_hold_also_within_each_other() -> None:
    assert height(r"\left( x \right)") < height(r"\left( \frac{a}{b} \right)")
    nested = r"\left( x + \left( \frac{a}{\frac{b}{c}} \right) \right)"
    assert height(r"\left( \frac{a}{b} \right)") < height(nested)
    assert height(r"\left( \frac{a}{b} \right)^2") > height(r"( \frac{a}{b} )^2")


def test_that_a_display_formula_has_room_for_its_limits() -> None:
    sum_of_n = r"\sum_{i=1}^n i"
    assert height(sum_of_n, is_on_its_own=True) > 1.5 * height(sum_of_n)


def test_that_functions_stand_apart_from_what_follows_them() -> None:
    def width(tex: str) -> float:
        formula = set_formula(tex, is_display=False)
        assert formula is not None
        return formula.width

    assert width(r"\det A") > width(r"\det") + width("A") + 0.1


@pytest.mark.parametrize("tex", HOSTILE, ids=range(len(HOSTILE)))
def test_that_no_formula_holds_the_program_up(tex: str) -> None:
    set_formula("x", is_display=True)  # imports what it takes
    begun = time.perf_counter()
    set_formula(tex, is_display=True)
    # Ten times what it takes, for machines that do other things as well; unbounded it is minutes.
    assert time.perf_counter() - begun < 1.5


def test_that_nesting_is_laid_out_once_and_not_twice_for_each_level() -> None:
    assert set_formula(r"\frac{1}{" * 20 + "x" + "}" * 20, is_display=True) is not None
    assert set_formula(r"\left(" * 10 + "x" + r"\right)" * 10, is_display=True) is not None


def test_that_what_has_too_many_parts_is_given_up() -> None:
    assert set_formula(r"\left(" * 23 + "x" + r"\right)" * 23, is_display=True) is None


def test_that_too_much_is_told_without_reading_it_all() -> None:
    assert is_settable("x")
    assert not is_settable("{" * 30 + "}" * 30)
    assert not is_settable(r"\left(" * 30 + r"\right)" * 30)
    assert is_settable(r"\leftarrow" * 40)
    assert not is_settable("x" * 3000)


@pytest.mark.parametrize(
    ("source", "tex", "is_on_its_own"),
    [
        ("$x$", "x", False),
        (r"\(x\)", "x", False),
        ("$$x$$", "x", True),
        (r"\[x\]", "x", True),
        ("$y $", "y ", False),
    ],
)
def test_that_delimiters_are_told_from_tex(source: str, tex: str, is_on_its_own: bool) -> None:
    assert (bare_tex(source), is_display(source)) == (tex, is_on_its_own)


def test_that_nothing_is_imported_before_the_first_formula() -> None:
    asked = (
        "import sys\nimport headwater.ui.answer_view\n"
        "from headwater.ui.formula_setting import is_settable; is_settable('x')\n"
        "print(sorted({'ziamath', 'ziafont', 'latex2mathml'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_that_a_formula_is_broken_outside_of_brackets_and_bars() -> None:
    tex = r"f(a + b) = |c + d| + \left( e + f \right) + (g - h) \quad x"
    assert len(broken_formula(tex, 1)) == 5
    assert all(line.width < 12 for line in broken_formula(tex, 1))


def test_that_lines_are_filled_as_far_as_they_go() -> None:
    tex = "a" + " + a" * 40
    whole = set_formula(tex, is_display=True)
    assert whole is not None
    lines = broken_formula(tex, 20)
    assert len(lines) == -(-int(whole.width) // 20)
    assert all(line.width < 22 for line in lines)


def test_that_what_has_no_place_to_break_stays_whole() -> None:
    tex = r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"
    assert [line.width for line in broken_formula(tex, 1)] == [pytest.approx(width(tex), abs=0.1)]


def width(tex: str) -> float:
    formula = set_formula(tex, is_display=True)
    assert formula is not None
    return formula.width


@pytest.mark.parametrize("tex", [*SET, *NOT_SET, *HOSTILE], ids=range(len(SET + NOT_SET + HOSTILE)))
def test_that_breaking_never_fails(tex: str) -> None:
    lines = broken_formula(tex, 3)
    assert bool(lines) == (set_formula(tex, is_display=True) is not None)
