"""Units and large numbers as words: what they measure and how many of the base unit they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from headwater.domain.language import plain_word


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: what it measures and how many base units it is; `zero` is for temperatures."""

    measures: str
    factor: float = 1.0
    zero: float = 0.0


# fmt: off
_UNITS: Final[tuple[tuple[str, str, float], ...]] = (
    ("length", "mm millimetre millimetres millimeter millimeters миллиметров", 0.001),
    ("length", ("cm centimetre centimetres centimeter centimeters zentimeter centímetros "
               "centimètres сантиметров"), 0.01),
    ("length", ("m metre metres meter meters metro metros mètre mètres метр метра метров متر مترا "
               "米 メートル"), 1),
    ("length", ("km kilometre kilometres kilometer kilometers kilómetros kilomètres километр "
               "километров километра "
               "كيلومترا كيلومتر 公里 千米 キロメートル"), 1000),
    ("length", "mi mile miles", 1609.344),
    ("length", "ft foot feet", 0.3048),
    ("length", "yd yard yards", 0.9144),
    ("length", "inch inches", 0.0254),
    ("mass", "mg milligram milligrams milligramm", 1e-6),
    ("mass", "g gram grams gramm gramos grammes", 0.001),
    ("mass", ("kg kilo kilos kilogram kilograms kilogramm kilogramos kilogrammes килограммов "
             "килограмм 公斤 キログラム"), 1),
    ("mass", "t ton tons tonne tonnes tonnen tonelada toneladas тонн тонны 吨 トン", 1000),
    ("mass", "lb lbs pound pounds", 0.45359237),
    ("mass", "oz ounce ounces", 0.028349523125),
    ("time", "ms millisecond milliseconds millisekunden", 0.001),
    ("time", "s sec second seconds sekunde sekunden segundos secondes секунд 秒", 1),
    ("time", "min minute minutes minuten minutos минут 分钟 分間", 60),
    ("time", ("h hr hrs hour hours stunde stunden hora horas heure heures час часа часов "
             "小时 時間"), 3600),
    ("time", "day days tag tage tagen día días jour jours дней день 日間", 86400),
    ("time", ("week weeks woche wochen semana semanas semaine semaines недель недели 周 "
             "週間"), 604800),
    ("months", "month months monat monate monaten mes meses mois месяцев 个月 か月 ヶ月", 1),
    ("years", "yr year years jahr jahre jahren año años an ans année années лет года", 1),
    ("data", "B byte bytes", 1),
    ("data", "kB KB kilobyte kilobytes", 1e3),
    ("data", "MB megabyte megabytes", 1e6),
    ("data", "GB gigabyte gigabytes", 1e9),
    ("data", "TB terabyte terabytes", 1e12),
    ("data", "KiB", 1024),
    ("data", "MiB", 1024**2),
    ("data", "GiB", 1024**3),
    ("bits", "kbit Kbit kbps", 1e3),
    ("bits", "Mbit Mbps megabit megabits", 1e6),
    ("bits", "Gbit Gbps gigabit gigabits", 1e9),
    ("power", "W watt watts", 1),
    ("power", "kW kilowatt kilowatts", 1e3),
    ("power", "MW megawatt megawatts", 1e6),
    ("power", "GW gigawatt gigawatts", 1e9),
    ("energy", "Wh", 1),
    ("energy", "kWh", 1e3),
    ("energy", "MWh", 1e6),
    ("energy", "GWh", 1e9),
    ("energy", "TWh", 1e12),
    ("frequency", "Hz hertz", 1),
    ("frequency", "kHz", 1e3),
    ("frequency", "MHz", 1e6),
    ("frequency", "GHz", 1e9),
    ("speed", "mph", 0.44704),
    ("volume", "ml millilitres milliliters", 0.001),
    ("volume", "L l litre litres liter liters litros", 1),
    ("area", "ha hectare hectares hektar", 10000),
    ("percent", "% percent prozent процент процента процентов パーセント", 1),
    ("dollars", "$ USD dollar dollars dólares", 1),
    ("euros", "€ EUR euro euros евро", 1),
    ("pounds sterling", "£ GBP", 1),
    ("yen", "¥ JPY yen 円", 1),
)
_LARGE: Final = (
    ("k thousand tausend mille тысяч тысячи тысяча тыс ألف آلاف", 1e3),
    ("万 萬", 1e4),
    ("lakh lakhs", 1e5),
    (("m million millions mn mio millionen millón millones миллион миллиона миллионов млн مليون "
     "ملايين"), 1e6),
    ("crore crores", 1e7),
    ("亿 億", 1e8),
    (("bn milliard milliards milliarde milliarden mrd миллиард миллиарда миллиардов млрд "
     "مليار"), 1e9),
    ("兆", 1e12),
)
# fmt: on
_BILLION: Final = {"en": 1e9}  # elsewhere a billion is a million millions
_POWERS: Final = {
    **dict.fromkeys(("square", "sq", "quadrat", "квадратных", "квадратного", "平方"), 2),
    **dict.fromkeys(("cubic", "кубических", "кубического", "立方"), 3),
}


def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for measures, names, factor in _UNITS:
        for name in names.split():
            unit = Unit(measures, factor)
            table[name] = unit
            if len(name) > 3:
                table.setdefault(plain_word(name), unit)
    for name in ("°C", "℃"):
        table[name] = Unit("temperature")
    for name in ("°F", "℉"):
        table[name] = Unit("temperature", 5 / 9, -32.0)
    return table


_TABLE: Final = _table()
_LARGE_TABLE: Final = {
    plain_word(name): factor for names, factor in _LARGE for name in names.split()
}
_CJK_NAMES: Final = tuple(
    sorted(
        (name for name in (*_TABLE, *_LARGE_TABLE, *_POWERS) if name >= "\u3040"),
        key=len,
        reverse=True,
    )
)


def unit_named(word: str) -> Unit | None:
    """Return the unit that `word` names (`km`, `km/h`, `°C`), or None."""
    over, slash, under = word.partition("/")
    unit = _TABLE.get(over) or (_TABLE.get(plain_word(over)) if len(over) > 3 else None)
    if unit is None or not slash:
        return unit
    per = _TABLE.get(under) or (_TABLE.get(plain_word(under)) if len(under) > 3 else None)
    if per is None:
        return unit
    measures = f"{unit.measures}/{per.measures}"
    if measures == "length/time":
        measures = "speed"
    return Unit(measures, unit.factor / per.factor)


def raised(unit: Unit, power: int) -> Unit:
    """Return a unit squared or cubed."""
    return unit if power == 1 else Unit(f"{unit.measures}^{power}", unit.factor**power)


def large_number(word: str, language: str) -> float | None:
    """Return what a word such as "million" multiplies by; a "billion" depends on the language."""
    if word in ("m", "t"):  # five metres, five tonnes; five million are `5M`
        return None
    plain = plain_word(word)
    if plain in ("billion", "billions", "billionen", "billon", "billones"):
        return _BILLION.get(language, 1e12)
    if plain == "mil" and language in ("es", ""):
        return 1e3
    return _LARGE_TABLE.get(plain)


def power_of(word: str) -> int | None:
    """Return 2 for "square", 3 for "cubic", else None."""
    return _POWERS.get(plain_word(word))


def cjk_word_at(text: str, at: int) -> str:
    """Return the unit or large number in Chinese or Japanese that begins at `at`, or nothing."""
    return next((name for name in _CJK_NAMES if text.startswith(name, at)), "")
