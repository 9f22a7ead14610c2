"""Which origin an address means, and which addresses are refused (S7, S19)."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.address import BadAddressError, Origin, normalized_base_url, origin_of

# What others read differently from us, or what hides the host that is meant.
TRICKS = [
    "https://api.good.example@evil.example/",
    "https://api.good.example:443@evil.example/",
    "https://user:secret@api.good.example/v1",
    "https://@api.good.example/",
    "https://api.good.example\\@evil.example/",
    "https://evil.example\\.good.example/",
    "https:\\\\api.good.example/v1",
    "https://api.good.example/v1\\..\\",
    "https://api.good.example\n.evil.example/",
    "https://api.good.example\t.evil.example/",
    "https://api.good.example\r\nHost: evil.example/",
    "https://api.good.example .evil.example/",
    "https://api.good.example\u3000.evil.example/",
    "https://api.good.example\u200b.evil.example/",
    "https://api.good\u00ad.example/",
    "https://api.good.example\u202e/",
    "https://api.good.example\x00.evil.example/",
    "https://api.good.example%00.evil.example/",
    "https://api.good.example%2f.evil.example/",
    "https://api.good.example,evil.example/",
    "https://api.good.example;evil.example/",
    "https://api.good.example*/",
    "https://a..b/",
    "https://.example.org/",
    "https://stra\u00dfe.example/",
    "https://\u03b2\u03cc\u03bb\u03bf\u03c2.example/",
    "https://\uff45vil.example/",
    "https://evil\u3002example/",
    "https://good.example\u2100.evil.example/",
    "https://xn--.example\ud800/",
    "https:///x",
    "http:///x",
    "https://",
    "https://?x",
    "https://#x",
    "https://:443/",
    "//host/v1",
    "https://[::1/",
    "https://::1/",
    "https://[not-an-address]/",
    "https://host:0/",
    "https://host:65536/",
    "https://host:-1/",
    "https://host:+80/",
    "https://host:\uff18\uff10/",
    "https://host:port/",
    "https:/host/v1",
    "https:host/v1",
    "HTTP:host/v1",
    "javascript:alert(1)",
    "javascript://host/%0aalert(1)",
    "file:///etc/passwd",
    "ftp://host/",
    "data:text/plain,x",
    "mailto:somebody@host",
    "",
    "   ",
]


@pytest.mark.parametrize("address", TRICKS, ids=ascii)
def test_that_S19_an_address_that_could_mean_another_host_is_refused(address: str) -> None:
    with pytest.raises(BadAddressError) as refused:
        normalized_base_url(address)
    assert str(refused.value).endswith(".")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", [t for t in TRICKS if "://" in t], ids=ascii)
def test_that_S19_such_an_address_has_no_origin_either(address: str) -> None:
    with pytest.raises(BadAddressError):
        origin_of(address)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" https://api.example/v1/ ", "https://api.example/v1"),
        ("api.example/v1", "https://api.example/v1"),
        ("api.example:8443", "https://api.example:8443"),
        ("localhost:11434/v1", "http://localhost:11434/v1"),
        ("localhost", "http://localhost"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("[::1]", "http://[::1]"),
        ("[2001:db8::1]/v1", "https://[2001:db8::1]/v1"),
        ("192.168.0.7:1234", "https://192.168.0.7:1234"),
        ("http://192.168.0.7:1234/v1//", "http://192.168.0.7:1234/v1"),
        ("HTTPS://API.Example./V1", "https://api.example/V1"),
        ("https://api.example:443/v1", "https://api.example/v1"),
        ("http://localhost:80", "http://localhost"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://B\u00dcCHER.example", "https://xn--bcher-kva.example"),
        ("https://\u4f8b\u3048.example/v1", "https://xn--r8jz45g.example/v1"),
        ("https://host/v1?api-version=2", "https://host/v1?api-version=2"),
        ("https://host/v1#part", "https://host/v1"),
        ("https://host#@evil.example", "https://host"),
        ("https://host?@evil.example", "https://host?@evil.example"),
        ("https://host/@evil.example", "https://host/@evil.example"),
        ("my_host-1.internal", "https://my_host-1.internal"),
    ],
)
def test_that_a_base_url_is_its_origin_path_and_query(typed: str, address: str) -> None:
    assert normalized_base_url(typed) == address
    assert normalized_base_url(address) == address
    assert address.startswith(str(origin_of(address)))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example/v1", Origin("https", "api.example", 443)),
        ("http://api.example", Origin("http", "api.example", 80)),
        ("https://API.example.:443", Origin("https", "api.example", 443)),
        ("https://api.example:444", Origin("https", "api.example", 444)),
        ("http://[::1]:8080/v1", Origin("http", "::1", 8080)),
        ("https://\u4f8b\u3048.example", Origin("https", "xn--r8jz45g.example", 443)),
    ],
)
def test_that_an_origin_is_scheme_host_and_port(url: str, origin: Origin) -> None:
    assert origin_of(url) == origin
    assert origin_of(str(origin)) == origin


def test_that_origins_that_differ_in_one_part_are_others() -> None:
    urls = ["https://a.example", "http://a.example", "https://b.example", "https://a.example:444"]
    assert len({origin_of(url) for url in urls}) == 4


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("127.0.0.1.example", False),
        ("127.1", False),
        ("2130706433", False),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("example", False),
    ],
)
def test_that_S19_a_key_travels_unencrypted_only_within_this_machine(
    host: str, is_loopback: bool
) -> None:
    assert Origin("http", host, 80).is_loopback is is_loopback
    assert Origin("http", host, 80).may_carry_key is is_loopback
    assert Origin("https", host, 443).may_carry_key


@given(st.text(max_size=40))
def test_that_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        address = normalized_base_url(text)
    except BadAddressError:
        return
    assert normalized_base_url(address) == address
    assert address.isascii() or urlsplit(address).netloc.isascii()


@given(
    st.sampled_from(["https://", "http://", ""]),
    st.text(alphabet="ab.:@/\\#?%[]0\u00df\u00e9 \t", max_size=14),
)
def test_that_S19_the_http_client_sees_the_same_origin(scheme: str, rest: str) -> None:
    try:
        address = normalized_base_url(f"{scheme}{rest}")
        seen = httpx.URL(address)
    except (BadAddressError, httpx.InvalidURL):
        return
    origin = origin_of(address)
    assert (seen.scheme, seen.raw_host.decode()) == (origin.scheme, origin.host)
    assert (seen.port or {"http": 80, "https": 443}[seen.scheme]) == origin.port
    assert not seen.userinfo
