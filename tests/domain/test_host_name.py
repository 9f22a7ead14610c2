"""A host is read in its own letters where they mislead nobody, in Punycode everywhere else."""

from __future__ import annotations

import time

import pytest

from headwater.domain.host_name import readable_host


def punycode(*labels: str) -> str:
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in labels
    )


@pytest.mark.parametrize(
    "labels",
    [
        ("bücher", "example"),
        ("www", "straße", "example"),
        ("пример", "рф"),
        ("московский", "example"),
        ("παράδειγμα", "example"),
        ("例え", "jp"),
        ("日本語テスト", "jp"),
        ("한국", "kr"),
        ("مثال", "example"),
        ("हिन्दी", "example"),
        ("nguyễn", "example"),
        ("сосо", "рф"),
    ],
)
def test_that_a_host_of_one_script_is_shown_in_its_own_letters(labels: tuple[str, ...]) -> None:
    host = punycode(*labels)
    assert "xn--" in host
    assert readable_host(host) == ".".join(labels)


@pytest.mark.parametrize(
    "labels",
    [
        ("pаypal", "com"),  # one Cyrillic letter among Latin ones
        ("gооgle", "com"),
        ("аpple", "com"),
        ("аррӏе", "com"),  # wholly Cyrillic, and looks Latin
        ("сосо", "com"),
        ("ορα", "com"),  # Greek that looks Latin
        ("αpple", "com"),  # a Greek letter among Latin ones
        ("пример1ехаmple", "рф"),  # a Latin letter among Cyrillic ones
        ("wıkipedia", "org"),  # the dotless letter
        ("ɡoogle", "com"),  # a letter of phonetics
        ("bank例", "com"),
        ("a\u0301\u0323b", "com"),
        ("pay\u2044pal", "com"),
        ("a\u200db", "com"),
        ("x\u2024y", "com"),
        ("☃", "net"),
        ("١٢٣", "com"),
        ("օսո", "com"),
    ],
)
def test_that_what_may_be_taken_for_another_host_stays_in_punycode(
    labels: tuple[str, ...],
) -> None:
    host = punycode(*labels)
    assert readable_host(host).split(".")[0] == host.split(".")[0]


def test_that_one_suspicious_label_leaves_the_others_readable() -> None:
    host = punycode("pаypal", "bücher", "example")
    assert readable_host(host) == f"{host.split('.', maxsplit=1)[0]}.bücher.example"


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "127.0.0.1",
        "::1",
        "",
        "xn--",
        "xn--.com",
        "xn--a-.com",
        "xn--99999999999999.com",
        "xn--exämple.com",
        "xn--EXMPLE-CUA.com",
        "a.xn--bcher-kva",
        "xn--" + "9" * 60_000,
    ],
)
def test_that_a_host_that_stands_for_nothing_else_is_shown_as_it_is(host: str) -> None:
    began = time.perf_counter()
    shown = readable_host(host)
    assert time.perf_counter() - began < 0.5
    assert shown == ("a.bücher" if host.startswith("a.") else host)
