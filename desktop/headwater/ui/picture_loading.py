"""How a widget asks for the bytes of a picture."""

from __future__ import annotations

from collections.abc import Callable

# Takes the URL, and what is called with the bytes, or with None if there are none to be had.
LoadPicture = Callable[[str, Callable[[bytes | None], None]], None]
