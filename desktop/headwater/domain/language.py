"""The small words of a few languages: what says nothing, what denies, what compares."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

# ruff format would give each word a line of its own.
# fmt: off
_STOP: Final = {
    "en": "a an the of to in on at by for from with as is are was were be been being has have "
          "had do does did it its "
          "this that these those and or but if then than which who whom whose what when where "
          "while whereas there their "
          "they them he she his her him we our you your i my me not no can could may might must "
          "shall should will would "
          "about around roughly approximately nearly almost some such also both each every so "
          "into onto up out over under "
          "after before between through during per via according because since until very just "
          "only other another one "
          "more less most least",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber wenn als wie "
          "ist sind war waren wird "
          "werden wurde wurden worden sein hat haben hatte kann können muss müssen soll darf von "
          "vom zu zum zur in im an "
          "am auf aus bei mit nach für um durch über unter vor es er sie sich dass daß auch noch "
          "nur so rund etwa circa "
          "knapp nicht kein keine laut seit bis dieser diese dieses ihr ihre ihrer seine dafür",
    "es": "el la los las un una unos unas de del al a en y o u que se con por para como es son "
          "era fue fueron ser ha han "
          "su sus lo le les no más mas menos sin sobre entre hasta desde pero también muy ya "
          "esta este según cuando",
    "fr": "le la les l un une des de du d au aux à a en et ou où que qu qui se s ce c ces cette "
          "est sont était fut être "
          "ont avait pour par sur dans avec sans ne n pas plus moins il elle ils elles leur "
          "leurs son sa ses près selon "
          "soit donc dont si bien lors mais",
    "ru": "и в во не на с со что как а но по из у за от до для о об это этот эта он она они его "
          "её их к ко же бы был "
          "была было были есть или при около примерно более менее чем тогда том том же",
    "ar": "في من على إلى عن مع و أن إن كان كانت هذا هذه التي الذي ما لا لم لن ليس نحو قبل بعد ثم "
          "أو كل حوالي عام سنة",
}
_DENYING: Final = {
    "en": "not no never none neither nor without cannot nobody nothing hardly lacks lack",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals ohne weder nichts",
    "es": "no nunca jamás ni sin ningún ninguna tampoco",
    "fr": "ne n pas jamais sans aucun aucune ni",
    "ru": "не нет без никогда ни нельзя",
    "ar": "لا لم لن ليس ليست غير بدون دون",
}
_MORE: Final = (
    "more greater higher larger bigger longer faster over above exceeds exceeding rise rises "
    "rose risen rising increase "
    "increases increased increasing grow grows grew grown growing up mehr höher größer länger "
    "über gestiegen stieg "
    "steigt más mayor superior aumentó aumento subió supérieur hausse augmenté более больше выше "
    "вырос أكثر"
)
_LESS: Final = (
    "less fewer lower smaller shorter slower under below fall falls fell fallen falling decrease "
    "decreases decreased "
    "decreasing drop drops dropped decline declines declined shrank down weniger niedriger "
    "kleiner kürzer unter gesunken "
    "sank sinkt menos menor inferior disminuyó bajó cayó moins inférieur baisse diminué менее "
    "меньше ниже упал أقل"
)
_NUMBERS: Final = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
}
_MONTHS: Final = (
    "january jan januar jänner enero janvier января январь يناير",
    "february feb februar febrero fevrier février февраля февраль فبراير",
    "march mar märz marzo mars марта март مارس",
    "april apr abril avril апреля апрель أبريل ابريل",
    "may mai mayo мая май مايو",
    "june jun juni junio juin июня июнь يونيو",
    "july jul juli julio juillet июля июль يوليو",
    "august aug agosto août августа август أغسطس",
    "september sep sept septiembre septembre сентября сентябрь سبتمبر",
    "october oct oktober okt octubre octobre октября октябрь أكتوبر",
    "november nov noviembre novembre ноября ноябрь نوفمبر",
    "december dec dezember dez diciembre decembre décembre декабря декабрь ديسمبر",
)
# fmt: on
CJK_SMALL: Final = frozenset("的了是在和与及也都就为以于并其这那有个约被把对从到将共会很")

_BOUND_PHRASE = re.compile(
    r"\b(?P<most>(?:no|not) (?:more|longer|greater|higher|later) than|at most|up to|a maximum of"
    r"|höchstens|nicht mehr als|maximal|como máximo|no más de|au plus|au maximum|не более)\b"
    r"|\b(?P<least>(?:no|not) (?:less|fewer|lower|smaller|earlier) than|at least|a minimum of"
    r"|mindestens|nicht weniger als|al menos|no menos de|au moins|не менее)\b",
    re.IGNORECASE,
)


def plain_word(word: str) -> str:
    """Return a word without case, accents and compatibility forms, as words are compared."""
    if word.isascii():
        return word.lower()
    split = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


def _words(text: str) -> frozenset[str]:
    return frozenset(plain_word(word) for word in text.split())


STOP_WORDS: Final = {name: _words(words) for name, words in _STOP.items()}
DENYING_WORDS: Final = {name: _words(words) for name, words in _DENYING.items()}
MORE_WORDS: Final = _words(_MORE)
LESS_WORDS: Final = _words(_LESS)
MONTHS: Final = {
    plain_word(name): month for month, names in enumerate(_MONTHS, 1) for name in names.split()
}
NUMBER_WORDS: Final = {
    name: {plain_word(word): float(value) for value, word in enumerate(words.split(), 2)}
    for name, words in _NUMBERS.items()
}
_ALL_STOPS: Final = frozenset().union(*STOP_WORDS.values())


def stop_words(language: str) -> frozenset[str]:
    """Return the words of a language that say nothing by themselves; of all, if it is unknown."""
    return STOP_WORDS.get(language, _ALL_STOPS)


def bound_phrases(text: str) -> list[tuple[int, int, int]]:
    """Return start, end and sense of phrases such as "at most" (-1) and "no less than" (+1)."""
    return [
        (found.start(), found.end(), -1 if found["most"] else 1)
        for found in _BOUND_PHRASE.finditer(text)
    ]


def script_of(text: str) -> str:
    """Return the script that most letters of `text` have: latin, cjk, cyrillic, arabic or other."""
    counts = dict.fromkeys(("latin", "cjk", "cyrillic", "arabic", "other"), 0)
    for character in text:
        if character.isalpha():
            counts[_script_of_letter(character)] += 1
    # A sentence in Chinese may hold many Latin names, and one character says more than a letter.
    counts["cjk"] *= 2
    name, most = max(counts.items(), key=lambda item: item[1])
    return name if most else ""


def _script_of_letter(letter: str) -> str:
    code = ord(letter)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "latin"
    if 0x400 <= code < 0x530:
        return "cyrillic"
    if 0x600 <= code < 0x780 or 0xFB50 <= code < 0xFF00:
        return "arabic"
    if 0x3040 <= code < 0x3100 or 0x3400 <= code < 0xA000 or 0xF900 <= code < 0xFB00:
        return "cjk"
    return "other"


def guess_language(text: str, words: Iterable[str]) -> str:
    """Return the language of `text`, whose plain words are `words`; empty if it cannot be told."""
    script = script_of(text)
    if script == "cjk":
        has_kana = any("\u3040" <= character <= "\u30ff" for character in text)
        return "ja" if has_kana else "zh"
    if script in ("cyrillic", "arabic"):
        return {"cyrillic": "ru", "arabic": "ar"}[script]
    if script != "latin":
        return ""
    counts = dict.fromkeys(("en", "de", "es", "fr"), 0)
    for word in words:
        for name in counts:
            counts[name] += word in STOP_WORDS[name]
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    (best, most), (_, next_most) = ranked[0], ranked[1]
    return best if most >= 2 and most > next_most else ""
