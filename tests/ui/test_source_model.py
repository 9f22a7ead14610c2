"""The sources as rows: cited first, the others folded, foreign text harmless."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from headwater.domain.source import Source
from headwater.ui.source_model import SourceModel, SourceRole

ONE = Source("1", "https://www.example.org/a", "A <b>title</b>", "Some\n\npassage", "2002-06-14")
FOUR = Source("4", "https://example.com/b", "", "", "", "2012-02", ("9",))


def texts(model: SourceModel, role: int) -> list[object]:
    return [model.data(model.index(row), role) for row in range(model.rowCount())]


def test_that_uncited_sources_are_folded_below(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((ONE,), (FOUR,))
    assert texts(model, Qt.ItemDataRole.DisplayRole) == ["A <b>title</b>", "▸ Also found (1)"]
    assert model.source_at(model.index(1)) is None
    spoken = model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Also found (1), folded"
    model.toggle_fold()
    assert texts(model, Qt.ItemDataRole.DisplayRole)[2] == "https://example.com/b"
    assert model.source_at(model.index(2)) is FOUR
    model.toggle_fold()
    assert model.rowCount() == 2


def test_that_nothing_is_folded_where_nothing_is_cited(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((), (ONE, FOUR))
    assert model.rowCount() == 2


def test_that_a_row_says_number_place_date_and_passage(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((ONE, FOUR), ())
    assert texts(model, SourceRole.ID) == ["1", "4"]
    assert texts(model, SourceRole.PLACE) == ["example.org · Jun 2002", "example.com · Feb 2012"]
    assert texts(model, SourceRole.SNIPPET)[0] == "Some passage"
    spoken = texts(model, Qt.ItemDataRole.AccessibleTextRole)[0]
    assert spoken == "Source 1: A <b>title</b>, example.org"


def test_that_complaint_24_an_alias_finds_its_row(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((ONE, FOUR), ())
    assert model.row_of("9") == 1
    assert model.row_of("2") == -1


def test_that_the_same_sources_again_change_nothing(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((ONE,), ())
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.show_sources((ONE,), ())
    assert resets == []


def test_that_one_row_says_which_use_of_its_source_is_shown(qapp: QApplication) -> None:
    model = SourceModel()
    model.show_sources((ONE, FOUR), ())
    changed: list[int] = []
    model.dataChanged.connect(lambda index, _: changed.append(index.row()))
    model.show_use("1", "2 of 5")
    assert texts(model, SourceRole.USE) == ["2 of 5", ""]
    assert str(texts(model, Qt.ItemDataRole.AccessibleTextRole)[0]).endswith(", 2 of 5")
    model.show_use("9", "1 of 1")
    assert texts(model, SourceRole.USE) == ["", "1 of 1"]
    assert sorted(changed) == [0, 0, 1]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://www.example.org:8443/a", "example.org"),
        ("https://good.example@evil.example/", "evil.example"),
        ("https://pаypal.com/", "xn--pypal-4ve.com"),
        ("https://xn--bcher-kva.example/", "bücher.example"),
        ("https://bücher.example/", "bücher.example"),
        ("https://ｅvil.example/", "evil.example"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("", ""),
    ],
)
def test_that_S7_a_row_names_the_host_that_a_browser_would_go_to(
    qapp: QApplication, url: str, place: str
) -> None:
    model = SourceModel()
    model.show_sources((Source("1", url, "Title"),), ())
    assert model.data(model.index(0), SourceRole.PLACE) == place


def test_that_S4_the_whole_host_and_address_of_a_row_are_said_as_plain_text(
    qapp: QApplication,
) -> None:
    model = SourceModel()
    model.show_sources((Source("1", "https://www.xn--pypal-4ve.com/?<img src=x>", "Title"),), ())
    card = str(model.data(model.index(0), Qt.ItemDataRole.ToolTipRole))
    assert "<b>www.xn--pypal-4ve.com</b>" in card
    assert "<img" not in card
