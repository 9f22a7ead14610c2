from __future__ import annotations

import pickle

import pytest

from headwater.domain.network_settings import BadProxyError, ProxyLogin, proxy_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("proxy.example:8080", "http://proxy.example:8080"),
        (" HTTP://Proxy.Example:8080/ ", "http://proxy.example:8080"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("http://proxy.example:443", "http://proxy.example:443"),
        ("proxy.example", "http://proxy.example:80"),
        ("socks5://127.0.0.1", "socks5://127.0.0.1:1080"),
        ("socks5h://p:9", "socks5://p:9"),
        ("socks://p:9", "socks5://p:9"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("bücher.example:1", "http://xn--bcher-kva.example:1"),
    ],
)
def test_that_an_address_is_understood_as_it_is_typed(typed: str, meant: str) -> None:
    assert proxy_address(typed) == meant
    assert proxy_address(meant) == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is needed"),
        ("ftp://p:1", "starts with"),
        ("socks4://p:1", "starts with"),
        ("http://me:secret@p:1", "own fields"),
        ("http://p:1/path", "nothing more"),
        ("http://p:port", "not a valid"),
        ("http://p:0", "no usable port"),
        ("http:// ", "host name"),
        ("http:", "starts with"),
        ("http:8080", "starts with"),
        ("http://:1", "host name"),
        ("p q:1", "spaces"),
    ],
)
def test_that_what_is_no_address_is_refused_without_a_secret(typed: str, words: str) -> None:
    with pytest.raises(BadProxyError) as caught:
        proxy_address(typed)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_that_a_login_survives_the_keyring_and_shows_itself_nowhere() -> None:
    login = ProxyLogin("me", "pass:wörd")
    assert ProxyLogin.from_secret(login.secret()) == login
    assert login.reveal() == ("me", "pass:wörd")
    assert "wörd" not in f"{login!r} {login}"
    with pytest.raises(TypeError):
        pickle.dumps(login)


@pytest.mark.parametrize(
    ("user", "password"),
    [("", "x"), ("a:b", "x"), ("me", "x\ny"), ("me\0", "x"), ("me", "x" * 256), ("m" * 250,) * 2],
)
def test_that_what_no_proxy_could_read_is_refused(user: str, password: str) -> None:
    with pytest.raises(BadProxyError) as caught:
        ProxyLogin(user, password)
    assert len(password) < 3 or password not in str(caught.value)
