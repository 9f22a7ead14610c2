from __future__ import annotations

import pytest

from headwater.presence import is_wayland


@pytest.mark.parametrize(
    ("platform", "environ", "screens"),
    [
        ("wayland", {}, []),
        ("wayland-egl", {}, []),
        ("xcb", {"WAYLAND_DISPLAY": "wayland-0"}, ["eDP-1"]),
        ("xcb", {"XDG_SESSION_TYPE": "wayland"}, ["eDP-1"]),
        ("xcb", {"XDG_SESSION_TYPE": "x11"}, ["XWAYLAND0"]),
    ],
)
def test_that_xwayland_is_not_taken_for_x11(
    platform: str, environ: dict[str, str], screens: list[str]
) -> None:
    """There a grab succeeds and never fires."""
    assert is_wayland(platform, environ, screens)


@pytest.mark.parametrize("environ", [{}, {"XDG_SESSION_TYPE": "x11"}, {"WAYLAND_DISPLAY": ""}])
def test_that_x11_is_x11(environ: dict[str, str]) -> None:
    assert not is_wayland("xcb", environ, ["eDP-1", "HDMI-1"])
