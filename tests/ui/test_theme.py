"""The colours can be read in light and dark."""

from __future__ import annotations

import pytest

from headwater.ui.theme import DARK, LIGHT, Theme, contrast


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_every_text_stands_out_from_its_background(theme: Theme) -> None:
    weak = {name: contrast(a, b) for name, a, b in theme.body_pairs if contrast(a, b) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_disabled_text_can_still_be_made_out(theme: Theme) -> None:
    assert min(contrast(theme.disabled, g) for g in (theme.surface, theme.window)) >= 3
