"""Host names as they may be read: in their own letters only where nobody is misled by them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_PREFIX = "xn--"
_LONGEST = 253  # RFC 1035, 2.3.4, without the dot at the end
# Scripts that one language writes beside each other (UTS 39, 5.2: Chinese, Japanese, Korean).
_WRITTEN_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"CJK", "BOPOMOFO"}),
    frozenset({"CJK", "HANGUL"}),
)
_ALIKE = {
    "CYRILLIC": frozenset("асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡкмтвнзє"),
    "GREEK": frozenset("αικνρυωηοτχγβεσςϲϳ"),
    "ARMENIAN": frozenset("ոսցզհօքյլպֆգ"),
}
_LATIN_ALIKE = frozenset("ıĸŀſŉƅǀǁǂǃ")  # taken for i, k, l and a dot, f, n, b, l or a bar


@lru_cache(maxsize=512)
def readable_host(host: str) -> str:
    """Return a host in ASCII with the labels in their own letters that look like no other.

    A label stays in Punycode (`xn--...`) when it mixes scripts, when it holds what is no letter,
    digit or hyphen, and when it is made of letters that pass for Latin ones below a Latin top
    level. That is the gist of what browsers do (UTS 39), on the strict side.
    """
    if _PREFIX not in host or len(host) > _LONGEST:
        return host
    labels = host.split(".")
    read = [_own_letters(label) for label in labels]
    top_scripts = _scripts(read[-1])
    return ".".join(
        text if text == label or _is_plain(text, top_scripts) else label
        for label, text in zip(labels, read, strict=True)
    )


def _own_letters(label: str) -> str:
    """Return what a label stands for; itself when it is not exactly what that would become."""
    if not label.startswith(_PREFIX):
        return label
    try:
        text = label.removeprefix(_PREFIX).encode("ascii").decode("punycode")
        again = text.encode("punycode").decode("ascii")
    except (UnicodeError, ValueError, OverflowError):
        return label
    is_exact = f"{_PREFIX}{again}" == label and unicodedata.normalize("NFKC", text) == text
    return text if is_exact and not text.isascii() and text == text.lower() else label


def _is_plain(text: str, top_scripts: frozenset[str]) -> bool:
    if not all(_is_allowed(character) for character in text):
        return False
    scripts = _scripts(text)
    if len(scripts) != 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        return False
    (script, *_) = scripts
    if script == "LATIN":
        return all(character <= "ɏ" or "Ḁ" <= character <= "ỿ" for character in text)
    alike = _ALIKE.get(script)
    letters = {character for character in text if unicodedata.category(character)[0] == "L"}
    return alike is None or script in top_scripts or not letters <= alike


def _is_allowed(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "-"
    kind = unicodedata.category(character)
    if kind in ("Mn", "Mc"):
        # Accents of our own alphabets stand within their letters once they are normalised.
        return not unicodedata.name(character, "").startswith("COMBINING")
    return kind[0] == "L" and character not in _LATIN_ALIKE


def _scripts(text: str) -> frozenset[str]:
    """Return the scripts of the letters in `text`, by the first word of their Unicode names."""
    return frozenset(
        unicodedata.name(character, "?").split(" ", 1)[0]
        for character in text
        if unicodedata.category(character)[0] in "LM"
    )
