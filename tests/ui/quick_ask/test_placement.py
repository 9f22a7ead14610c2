"""The quick ask opens where it can be seen whole, on whatever screens there are."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect

from headwater.ui.quick_ask.placement import first_place, place_on, remember, room_below
from headwater.ui.quick_ask.quick_window import WIDTH

SCREENS = st.builds(
    QRect,
    st.integers(-20_000, 20_000),
    st.integers(-20_000, 20_000),
    st.integers(WIDTH, 16_000),
    st.integers(240, 10_000),
)
NUMBERS = st.integers(-(10**30), 10**30)
REMEMBERED = st.one_of(
    st.just(""), st.text(max_size=20), st.builds("{} {}".format, NUMBERS, NUMBERS)
)


def left_over(screen: QRect, place: QPoint) -> tuple[int, int, int, int]:
    """Return the pixels left, right, above and below of a card one line high."""
    return (
        place.x() - screen.left(),
        screen.left() + screen.width() - place.x() - WIDTH,
        place.y() - screen.top(),
        screen.top() + screen.height() - place.y(),
    )


@given(SCREENS, REMEMBERED)
def test_that_the_card_is_on_the_screen_with_a_third_of_it_below(
    screen: QRect, remembered: str
) -> None:
    left, right, above, below = left_over(screen, place_on(screen, WIDTH, remembered))
    assert min(left, right, above) >= 0
    assert 3 * below >= screen.height()


@given(SCREENS)
def test_that_it_opens_in_the_middle_about_a_quarter_from_the_top(screen: QRect) -> None:
    left, right, above, _ = left_over(screen, first_place(screen, WIDTH))
    assert abs(left - right) <= 1
    assert 0.2 * screen.height() <= above <= 0.3 * screen.height()


@given(SCREENS, st.data())
def test_that_a_place_within_reach_is_found_again(screen: QRect, data: st.DataObject) -> None:
    x = screen.left() + data.draw(st.integers(0, screen.width() - WIDTH))
    y = screen.top() + data.draw(st.integers(0, screen.height() * 6 // 10))
    assert place_on(screen, WIDTH, remember(QPoint(x, y), screen)) == QPoint(x, y)


@given(SCREENS, SCREENS, st.integers(-30_000, 30_000), st.integers(-30_000, 30_000))
def test_that_a_place_of_a_screen_that_changed_is_corrected_once(
    before: QRect, now: QRect, x: int, y: int
) -> None:
    corrected = place_on(now, WIDTH, remember(QPoint(x, y), before))
    assert place_on(now, WIDTH, remember(corrected, now)) == corrected


@pytest.mark.parametrize(
    "remembered", ["", " ", "12", "1 2 3", "a b", "1.5 2", "0x10 4", "nan nan", "9" * 5000 + " 1"]
)
def test_that_a_damaged_place_is_no_place(remembered: str) -> None:
    screen = QRect(0, 0, 1920, 1080)
    assert place_on(screen, WIDTH, remembered) == first_place(screen, WIDTH)


@given(SCREENS, st.text(max_size=12))
def test_that_words_are_no_place(screen: QRect, remembered: str) -> None:
    assume(len(remembered.split()) != 2)
    assert place_on(screen, WIDTH, remembered) == first_place(screen, WIDTH)


def test_that_a_screen_to_the_left_and_above_keeps_its_place() -> None:
    screen = QRect(-2560, -1440, 2560, 1400)
    place = QPoint(-2000, -1300)
    assert remember(place, screen) == "560 140"
    assert place_on(screen, WIDTH, "560 140") == place
    assert screen.contains(first_place(screen, WIDTH))


@pytest.mark.parametrize("remembered", ["", "0 0", "500 20", "-90 20"])
def test_that_a_card_wider_than_the_screen_shows_its_beginning(remembered: str) -> None:
    screen = QRect(-500, 0, 500, 400)
    assert place_on(screen, WIDTH, remembered).x() == -500


@given(SCREENS, st.integers(-40_000, 40_000))
def test_that_the_room_ends_above_the_edge_of_the_screen(screen: QRect, top: int) -> None:
    room = room_below(screen, top)
    assert room >= 0
    assert room == 0 or top + room < screen.top() + screen.height()
