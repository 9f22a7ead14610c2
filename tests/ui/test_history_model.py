"""The history as rows: days, states, foreign titles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication

from headwater.session.ports import ConversationSummary
from headwater.ui.history_model import HistoryModel, HistoryRole, day_heading

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.astimezone().date()


def summary(number: int, when: datetime = NOON, **more: object) -> ConversationSummary:
    return ConversationSummary(f"c{number}", f"Title {number}", when, "complete", **more)  # type: ignore[arg-type]


def texts(model: HistoryModel, role: int = Qt.ItemDataRole.DisplayRole) -> list[object]:
    return [model.data(model.index(row), role) for row in range(model.rowCount())]


def test_that_days_have_their_headings() -> None:
    assert day_heading(NOON, TODAY) == "Today"
    assert day_heading(NOON + timedelta(days=2), TODAY) == "Today"
    assert day_heading(NOON - timedelta(days=1), TODAY) == "Yesterday"
    assert day_heading(NOON - timedelta(days=60), TODAY) == f"{date(2026, 9, 1):%B}"
    assert day_heading(NOON - timedelta(days=400), TODAY).endswith("2025")


def test_that_a_heading_stands_once_over_its_day_and_cannot_be_chosen(qapp: QApplication) -> None:
    model = HistoryModel()
    rows = (summary(1), summary(2), summary(3, NOON - timedelta(days=1)))
    model.show_summaries(rows, TODAY, is_search=False)
    assert texts(model) == ["Today", "Title 1", "Title 2", "Yesterday", "Title 3"]
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags
    assert model.row_of("c3") == 4
    assert model.row_of("gone") == -1
    assert model.data(QModelIndex()) is None


def test_that_what_was_found_comes_in_the_order_of_the_search(qapp: QApplication) -> None:
    model = HistoryModel()
    rows = (summary(1, excerpt="<b>hit</b>"), summary(2, NOON - timedelta(days=9)))
    model.show_summaries(rows, TODAY, is_search=True)
    assert texts(model) == ["Title 1", "Title 2"]
    assert texts(model, HistoryRole.DETAIL)[0] == "<b>hit</b>"


def test_that_states_are_said_in_words(qapp: QApplication) -> None:
    model = HistoryModel()
    states = ("running", "incomplete", "failed", "stopped", "complete")
    rows = tuple(
        ConversationSummary(state, "t", NOON, state, answers=2, cost=0.004) for state in states
    )
    model.show_summaries(rows, TODAY, is_search=False)
    assert texts(model, HistoryRole.DETAIL)[1:] == [
        "streaming…",
        "interrupted, text kept",
        "no answer",
        "stopped, text kept",
        "2 answers · 0.4 ct",
    ]


def test_that_a_changed_state_does_not_reset_the_list(qapp: QApplication) -> None:
    model = HistoryModel()
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.show_summaries((summary(1),), TODAY, is_search=False)
    model.show_summaries((summary(1, answers=2),), TODAY, is_search=False)
    assert len(resets) == 1
    assert texts(model, HistoryRole.DETAIL)[1] == "2 answers"
