"""What stands in a passage is found, what does not is named, and nothing else is claimed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.passage_check import (
    LONGEST_PASSAGE,
    LONGEST_SENTENCE,
    Aspect,
    Outcome,
    PassageChecker,
    check_sentence,
)
from headwater.domain.source import Source

HUBBLE = (
    "Hubble is a space telescope. The Hubble Space Telescope was launched on April 24, 1990, "
    "aboard Discovery and weighs 11,110 kilograms. It does not need fuel to turn. "
    "Its data are free."
)


def _source(passage: str, source_id: str = "1") -> Source:
    return Source(source_id, "https://page.example/", snippet=passage)


def _outcome(sentence: str, passage: str) -> Outcome:
    return check_sentence(sentence, [_source(passage)]).outcome


def _missing(sentence: str, passage: str) -> list[tuple[Aspect, str]]:
    check = check_sentence(sentence, [_source(passage)])
    assert all(sentence[m.start : m.end] == m.text for m in check.missing)
    assert check.outcome is (Outcome.NOT_FOUND if check.missing else Outcome.FOUND)
    return [(m.aspect, m.text) for m in check.missing]


def test_that_the_words_on_the_screen_claim_no_truth() -> None:
    assert [outcome.value for outcome in Outcome] == [
        "found in the passage",
        "not in the passage shown",
        "cannot tell",
    ]


@pytest.mark.parametrize(
    ("written", "passage"),
    [
        ("1,200,000 homes", "1.2 million homes"),
        ("1.2 million homes", "1,198,345 homes"),
        ("about 5,000 homes", "5,012 homes"),
        ("12 km of coast", "12,000 metres of coast"),
        ("5 miles of coast", "8 km of coast"),
        ("40% of the homes", "40 per cent of the homes"),
        ("50–100 homes", "between 50 and 100 homes"),
        ("$3.5 billion for homes", "3,500,000,000 dollars for homes"),
        ("7 homes", "seven homes"),
        ("in 1914–18", "from 1914 to 1918"),
        ("at 25 °C in homes", "at 77 °F in homes"),
        ("at 2:09:56 homes", "at 2:09:56 homes"),
        ("120 km/h on coasts", "120 kilometres/hour on coasts"),
    ],
)
def test_that_a_number_is_found_however_it_is_written(written: str, passage: str) -> None:
    sentence = f"The report of the council counts {written}."
    text = f"In its new report the council counts {passage} this year."
    assert _missing(sentence, text) == []


@pytest.mark.parametrize(
    ("written", "passage", "missing"),
    [
        ("1,300,000 homes", "1.2 million homes", "1,300,000"),
        ("1.3 million homes", "1,198,345 homes", "1.3 million"),
        ("1,198,345 homes", "1.2 million homes", "1,198,345"),
        ("5,000 homes", "5,012 homes", "5,000"),
        ("about 5,000 homes", "5,400 homes", "5,000"),
        ("homes of about 1990", "homes of about 1989", "1990"),
        ("12 km of coast", "12 metres of coast", "12 km"),
        ("12 square km of coast", "12 km of coast", "12 square km"),
        ("28 hours of work", "28 minutes of work", "28 hours"),
        ("40% of the homes", "40 kg of the homes", "40%"),
        ("$40 for homes", "40 euros for homes", "40"),
        ("-5 °C in homes", "5 °C in homes", "5 °C"),
        ("2:19:56 homes", "2:09:56 homes", "2:19:56"),
        ("1.000 homes", "1,000 homes", "1.000"),
    ],
)
def test_that_another_number_or_unit_is_named(written: str, passage: str, missing: str) -> None:
    sentence = f"The report of the council counts {written}."
    text = f"In its new report the council counts {passage} this year."
    assert _missing(sentence, text) == [(Aspect.NUMBER, missing)]


def test_that_separators_are_read_as_the_language_sets_them() -> None:
    text = "In der Stadt gibt es nach dem Bericht 1.000 Häuser mit 3,5 Zimmern."
    assert _missing("Nach dem Bericht gibt es in der Stadt 1000 Häuser.", text) == []
    missing = _missing("Nach dem Bericht gibt es in der Stadt 1,000 Häuser.", text)
    assert missing == [(Aspect.NUMBER, "1,000")]


def test_that_digits_of_other_scripts_are_the_same_numbers() -> None:
    text = "افتتحت المكتبة الجديدة في المدينة رسميا في عام 2002 بحضور كثيرين."
    assert _outcome("افتتحت المكتبة الجديدة في المدينة عام ٢٠٠٢.", text) is Outcome.FOUND
    assert _outcome("افتتحت المكتبة الجديدة في المدينة عام ٢٠٠٣.", text) is Outcome.NOT_FOUND


@pytest.mark.parametrize(
    "date",
    ["24 April 1990", "April 24, 1990", "1990-04-24", "24.4.1990", "4/24/1990",
     "24th of April 1990", "April 1990", "24 April", "1990"],
)  # fmt: skip
def test_that_a_date_is_found_however_it_is_written(date: str) -> None:
    assert _missing(f"The Hubble Space Telescope was launched: {date}.", HUBBLE) == []


@pytest.mark.parametrize("date", ["25 April 1990", "April 1991", "1990-05-24", "24 May", "1991"])
def test_that_another_date_is_named(date: str) -> None:
    missing = _missing(f"The Hubble Space Telescope was launched: {date}.", HUBBLE)
    assert [text for _, text in missing] == [date]


def test_that_a_name_that_the_passage_lacks_is_named() -> None:
    sentence = "The Hubble Space Telescope was launched aboard Atlantis on April 24, 1990."
    assert _missing(sentence, HUBBLE) == [(Aspect.NAME, "Atlantis")]


def test_that_a_name_is_named_where_there_are_no_capitals() -> None:
    passage = "『雪国』は川端康成の長編小説で、1937年に創元社から刊行された。"
    assert _missing("川端康成の長編小説『雪国』は1937年に刊行されました。", passage) == []
    assert _missing("三島由紀夫の長編小説『雪国』は1937年に刊行されました。", passage) == [
        (Aspect.NAME, "三島由紀夫")
    ]


def test_that_a_name_may_stand_in_the_title() -> None:
    sentence = "The Kepler mission was launched in 2009 to look for planets."
    passage = "The mission, launched in 2009, was to look for planets of other stars."
    assert check_sentence(sentence, [_source(passage)]).outcome is Outcome.NOT_FOUND
    source = Source("1", "https://page.example/", "Kepler", passage)
    assert check_sentence(sentence, [source]).outcome is Outcome.FOUND


BRIDGES = {
    "en": "The bridge over the river was paid for by the city and opened in the year 1995.",
    "de": "Die Brücke über den Fluss wurde von der Stadt bezahlt und 1995 für alle eröffnet.",
    "es": "El puente sobre el río fue pagado por la ciudad y se abrió en el año 1995.",
    "fr": "Le pont sur la rivière a été payé par la ville et il a été ouvert en 1995.",
    "ru": "Мост через реку был построен на деньги города и открыт для всех в 1995 году.",
    "ja": "この橋は市の資金で建設され、1995年に一般に開通した。",
    "zh": "这座大桥横跨河流，由市政府出资建造，1995年向公众开放。",
}


@pytest.mark.parametrize(
    ("language", "sentence", "names"),
    [
        ("en", "The bridge was paid for by the {}.", ["US Department of Energy"]),
        ("en", "The bridge was paid for by {} and by the {}.", ["Sinead O'Brien", "U.S. Army"]),
        ("en", "The bridge was opened by {} in {}.", ["J. R. R. Tolkien", "St. Petersburg"]),
        ("en", "In {}, the {} paid for the bridge.", ["Paris", "Centers for Disease Control"]),
        ("en", "The {} paid for the bridge after {}.", ["New York Times", "COVID-19"]),
        ("en", "The bridge was paid for by {}. {} opened it.", ["Angela Merkel", "Jo Cox"]),
        ("de", "Die Brücke wurde von {} und {} eröffnet.", ["Ursula von der Leyen", "Jo Cox"]),
        ("de", "Die Brücke wurde von {} der Stadt übergeben.", ["Angela Merkel"]),
        ("es", "El puente fue pagado por la {}.", ["Universidad de Buenos Aires"]),
        ("fr", "Le pont a été payé par l'{} et {}.", ["Université d'Aix-Marseille", "Jo Cox"]),
        ("ru", "Мост через реку был открыт в {} году {}.", ["1995", "Владимиром Петровым"]),
        ("ja", "この橋は{}が1995年に開通させました。", ["アンゲラ・メルケル"]),
        ("zh", "这座大桥{}出资建造。", ["联合国教科文组织"]),
    ],
)  # fmt: skip
def test_that_a_name_is_named_as_it_stands_in_the_sentence(
    language: str, sentence: str, names: list[str]
) -> None:
    missing = _missing(sentence.format(*names), BRIDGES[language])
    found = [text for aspect, text in missing if aspect is Aspect.NAME]
    assert found == [name for name in names if not name.isdigit()]


def test_that_nothing_is_named_twice_over() -> None:
    sentence = "The bridge cost 42 million and killed COVID-19 in Bosnia-Herzegovina."
    texts = [text for _, text in _missing(sentence, BRIDGES["en"])]
    assert texts == ["cost", "42 million", "killed", "COVID-19", "Bosnia-Herzegovina"]
    missing = _missing("这座大桥由联合国教科文组织出资建造。", BRIDGES["zh"])
    assert missing == [(Aspect.WORD, "桥由"), (Aspect.NAME, "联合国教科文组织")]


def test_that_a_denial_turned_round_is_named_both_ways() -> None:
    denied = "The space telescope Hubble does not need fuel to turn."
    assert _missing(denied, HUBBLE) == []
    assert _missing("The space telescope Hubble does need fuel to turn.", HUBBLE) == [
        (Aspect.DENIAL, "need")
    ]
    assert _missing("The data of the space telescope Hubble are not free.", HUBBLE) == [
        (Aspect.DENIAL, "not")
    ]


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Wages rose in more than 30 towns of the north.", []),
        ("Wages rose in at least 30 towns of the north.", []),
        ("Wages rose in less than 30 towns of the north.", ["30"]),
        ("Wages fell in over 30 towns of the north.", ["fell"]),
        ("Wages rose in no more than 30 towns of the north.", ["30"]),
    ],
)
def test_that_a_comparison_turned_round_is_named(sentence: str, missing: list[str]) -> None:
    passage = "The office says that wages rose in more than 30 towns of the north. Rents did not."
    assert _missing(sentence, passage) == [(Aspect.COMPARISON, text) for text in missing]


def test_that_a_quotation_has_to_stand_there_word_for_word() -> None:
    passage = "The minister said: “We underestimated the cost of the tunnel, and I am sorry.”"
    assert _missing('The minister said "we underestimated the cost".', passage) == []
    assert _missing('The minister said "we hid the cost of the tunnel".', passage) == [
        (Aspect.QUOTATION, '"we hid the cost of the tunnel"')
    ]


def test_that_a_claim_from_elsewhere_is_named_in_its_own_words() -> None:
    sentence = "Octopuses solve mazes and open jars in aquariums."
    passage = "Octopuses have three hearts: two pump blood through the gills and one to the rest."
    words = [text for aspect, text in _missing(sentence, passage) if aspect is Aspect.WORD]
    assert words == ["solve mazes", "open jars", "aquariums"]


def test_that_a_claim_in_other_words_is_neither_found_nor_missed() -> None:
    sentence = "A new bridge was turned down as too expensive."
    passage = "The committee rejected the proposal for a new bridge because the costs had doubled."
    check = check_sentence(sentence, [_source(passage), _source(passage, "2")])
    assert check.outcome is Outcome.CANNOT_TELL
    assert check.reason == "If the passage says it, then in other words."
    assert [missing.text for missing in check.missing] == ["turned", "too expensive"]
    wrong = check_sentence(sentence.replace("new", "Danish"), [_source(passage)])
    assert wrong.outcome is Outcome.NOT_FOUND


def test_that_numbers_and_names_alone_do_not_make_a_sentence_found() -> None:
    sentence = "In 1990, critics of Discovery ridiculed blurred pictures, overspending and delays."
    check = check_sentence(sentence, [_source(HUBBLE)])
    assert check.outcome is Outcome.NOT_FOUND
    assert all(missing.aspect is Aspect.WORD for missing in check.missing)


def test_that_the_best_stretch_is_the_sentence_that_says_it() -> None:
    check = check_sentence("Hubble weighs 11,110 kg.", [_source(HUBBLE)]).passages[0]
    assert HUBBLE[check.start : check.end].startswith("The Hubble Space Telescope was launched")
    assert HUBBLE[check.start : check.end].endswith("kilograms.")
    nothing = check_sentence("Whales sing.", [_source(HUBBLE)]).passages[0]
    assert (nothing.start, nothing.end) == (0, 0)


def test_that_a_number_far_from_everything_else_does_not_count() -> None:
    far = "One line follows another here. " * 3
    passage = f"Hubble is a space telescope. {far}Parking costs 77 pounds."
    assert _missing("The space telescope Hubble has 77 mirrors.", passage)[0] == (
        Aspect.NUMBER,
        "77",
    )


@pytest.mark.parametrize(
    ("sentence", "passage", "reason"),
    [
        ("Hubble weighs 11 tonnes.", "", "The source came without a passage."),
        ("Hubble weighs 11 tonnes.", "Hubble, the telescope.", "The passage is too short."),
        ("哈勃望远镜重达一万一千公斤。", HUBBLE, "The passage is in another script."),
        ("Der Text ist nicht in der Sprache der Seite.", HUBBLE + " It is on the web and in use.",
         "The passage is in another language."),
        ("It is so.", HUBBLE, "The sentence has nothing to compare."),
        ("", HUBBLE, "The sentence has nothing to compare."),
        ("word " * LONGEST_SENTENCE, HUBBLE, "The sentence is too long."),
        ("Whales sing at night.", "one line follows another. " * LONGEST_PASSAGE,
         "The passage is too long to read it all."),
    ],
)  # fmt: skip
def test_that_it_says_why_it_cannot_tell(sentence: str, passage: str, reason: str) -> None:
    check = check_sentence(sentence, [_source(passage)])
    assert check.outcome is Outcome.CANNOT_TELL
    assert check.reason == check.passages[0].reason == reason


def test_that_passages_may_hold_a_sentence_together() -> None:
    one = _source("Hubble was launched in 1990 with the space shuttle Discovery.", "1")
    two = _source("The telescope weighs 11,110 kilograms, says the agency in its report.", "2")
    sentence = "Hubble was launched in 1990, and the telescope weighs 11,110 kg."
    check = check_sentence(sentence, [one, two])
    assert [passage.outcome for passage in check.passages] == [Outcome.NOT_FOUND] * 2
    assert (check.outcome, check.held_by) == (Outcome.FOUND, ("1", "2"))
    assert check_sentence(sentence, [one]).outcome is Outcome.NOT_FOUND


def test_that_the_passage_that_holds_it_alone_is_named() -> None:
    other = _source("The weather will be fine in the north and in the south.", "2")
    check = check_sentence("Hubble was launched in April 1990.", [other, _source(HUBBLE)])
    assert (check.outcome, check.held_by) == (Outcome.FOUND, ("1",))


def test_that_nothing_is_called_missing_while_a_source_has_no_passage() -> None:
    check = check_sentence("Hubble was launched in May 1990.", [_source(HUBBLE), _source("", "2")])
    assert check.outcome is Outcome.CANNOT_TELL
    assert check.passages[0].outcome is Outcome.NOT_FOUND


def test_that_an_alias_leads_to_its_passage_and_unknown_ids_to_none() -> None:
    source = Source("1", "https://page.example/", snippet=HUBBLE, aliases=("31",))
    checker = PassageChecker([source])
    check = checker.check("Hubble was launched in 1990.", ["31", "1", "9"])
    assert [passage.source_id for passage in check.passages] == ["1"]
    alone = checker.check("Hubble was launched in 1990.", ["31"])
    assert [passage.source_id for passage in alone.passages] == ["1"]
    assert checker.check("Hubble was launched in 1990.", ["9"]).reason == "The source is not known."


@given(st.text(max_size=200), st.text(max_size=300))
def test_that_any_text_is_checked_and_every_place_lies_within(sentence: str, passage: str) -> None:
    check = check_sentence(sentence, [_source(passage)])
    for missing in check.missing:
        assert sentence[missing.start : missing.end] == missing.text != ""
    for found in check.passages:
        assert 0 <= found.start <= found.end <= len(passage)


@given(st.lists(st.sampled_from(HUBBLE.split()), min_size=1, max_size=30).map(" ".join))
def test_that_a_passage_holds_each_of_its_own_sentences(passage: str) -> None:
    text = f"{passage} on the list of all the things in the long report."
    assert check_sentence(text, [_source(text)]).outcome is Outcome.FOUND


@pytest.mark.parametrize(
    "text",
    ["1 ", "1,", "12 345 ", "1", ".", " ", "no ", "not able ", "Ab Cd ", "不漢字が", "1 May 2020 ",
     '"', '"abcd" ', "may ", "more than 5 ", "5 km/h ", "«", "a", "ア", "\n", "1-", "2:09:"],
    ids=repr,
)  # fmt: skip
def test_that_no_text_makes_a_check_slow(text: str) -> None:
    long = text * (1_000_000 // len(text))
    begun = time.process_time()
    check_sentence("Hubble was not launched in more than 5 May 1990.", [_source(long)])
    check_sentence(long[:LONGEST_SENTENCE], [_source(long)])
    # Half a second on a quiet machine; anything quadratic would take minutes.
    assert time.process_time() - begun < 5
