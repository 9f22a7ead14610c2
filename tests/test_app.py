"""What the program hands to the system on behalf of an answer."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QDesktopServices

from headwater import app
from headwater.ui.link import link_to_passage, safe_link


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    given: list[str] = []
    monkeypatch.setattr(
        QDesktopServices,
        "openUrl",
        lambda url: given.append(bytes(url.toEncoded().data()).decode()),
    )
    return given


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "file://host/share",
        "//host/share",
        r"\\host\share",
        "smb://host/share",
        "dav://host/",
        "data:text/html,x",
        "vbscript:x",
        "ms-msdt:x",
        "headwater:ask?q=x",
        "https://good.example@evil.example/",
        "https:///etc/passwd",
        "http:\\\\host\\share",
        "mailto:a@b.example?attach=/etc/passwd",
        "HTTPS:file:///x",
        " https://a.example",
        "",
    ],
)
def test_that_S5_S6_nothing_but_pages_and_mail_is_handed_to_the_system(
    address: str, opened: list[str]
) -> None:
    app._open_url(address)
    assert opened == []


def test_that_a_page_a_passage_and_an_address_of_mail_are_opened_as_they_are(
    opened: list[str],
) -> None:
    snippet = (
        "The bridge was built by Trajan in 104 and is long. It has twenty-one piers, of stone."
    )
    passage = link_to_passage("https://a.example/ä?b=c%2Fd&e", snippet, "")
    pages = [safe_link("https://a.example/x%20y#z"), passage, "mailto:a@b.example"]
    for page in pages:
        app._open_url(page)
    assert "text=" in passage
    assert opened == pages
