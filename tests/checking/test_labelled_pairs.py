"""The labelled set is what its figures are read as."""

from __future__ import annotations

from tests.benchmarks.checking import HALVES, read_pairs

PAIRS = read_pairs()


def test_that_every_passage_is_in_one_set_alone() -> None:
    halves = {half: {p.passage for p in PAIRS if p.split == half} for half in HALVES}
    assert all(halves.values())
    assert sum(map(len, halves.values())) == len({p.passage for p in PAIRS})


def test_that_half_of_the_pairs_are_altered_and_say_how() -> None:
    for half in HALVES:
        labels = [p.label for p in PAIRS if p.split == half]
        assert labels.count("found") == labels.count("not found") == len(labels) / 2
    assert all((p.alteration == "none") == (p.label == "found") for p in PAIRS)


def test_that_no_sentence_is_a_copy_of_its_passage() -> None:
    assert [p.sentence for p in PAIRS if p.sentence.rstrip(".。") in p.passage] == []


def test_that_no_pair_comes_twice() -> None:
    assert len({(p.sentence, p.passage) for p in PAIRS}) == len(PAIRS) >= 140
