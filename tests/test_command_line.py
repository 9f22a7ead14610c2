"""What may be typed after `headwater`, and whom it means."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from headwater.__main__ import _TERMINAL, _leading_words
from headwater.command_line import (
    UsageError,
    begins_with_window,
    chosen_provider,
    parse,
    parse_window,
)
from headwater.domain.preferences import Preferences
from headwater.domain.provider import BUILT_IN, DialectName


def chosen(*typed: str, preferences: Preferences | None = None) -> tuple[str, str, str, str]:
    """Return id, address, dialect and model of the provider that `ask` would ask."""
    provider = chosen_provider(parse(["ask", *typed, "q"]), preferences or Preferences())
    return provider.id, provider.base_url, provider.dialect, provider.model


def test_that_every_public_flag_of_ask_is_understood() -> None:
    typed = (
        "ask --provider openai --dialect agent --base-url https://h/v1 --model m --no-stream "
        "--system S --max-tokens 5 --temperature 0.5 --top-p 0.9 --stop-after 3 --no-save --json "
        "--attach a.png --attach b.txt --data-dir D question"
    )
    found = parse(typed.split())
    assert (found.command, found.question, found.data_dir) == ("ask", "question", "D")
    assert (found.max_tokens, found.temperature, found.top_p, found.stop_after) == (5, 0.5, 0.9, 3)
    assert found.attach == ["a.png", "b.txt"]
    assert found.no_stream
    assert found.no_save
    assert found.json
    assert (found.system, found.model, found.dialect) == ("S", "m", "agent")
    assert parse(["ask", "--json-lines"]).question is None
    assert parse(["ask"]).attach == []


@pytest.mark.parametrize("provider", BUILT_IN, ids=lambda p: p.id)
def test_that_every_provider_and_dialect_has_its_public_name(provider: object) -> None:
    provider_id = getattr(provider, "id", "")
    assert parse(["ask", "--provider", provider_id, "q"]).provider == provider_id
    assert parse_window(["--provider", provider_id]).provider == provider_id
    for dialect in ("agent", "chat-completions", "typed-events"):
        assert parse(["ask", "--dialect", dialect, "q"]).dialect == dialect


@pytest.mark.parametrize(
    "typed",
    [
        ["--data-dir", "D", "history"],
        ["history", "--data-dir", "D"],
        ["--data-dir", "other", "history", "--data-dir=D"],
        ["show", "id", "--data-dir", "D"],
        ["--data-dir=D", "ask", "q"],
    ],
    ids=" ".join,
)
def test_that_the_data_folder_may_be_named_before_and_after_the_command(typed: list[str]) -> None:
    assert parse(typed).data_dir == "D"


def test_that_no_data_folder_is_none() -> None:
    for typed in (["history"], ["ask", "q"], ["show", "id"], []):
        assert parse(typed).data_dir is None
    assert parse_window([]).data_dir is None


def test_that_a_domain_is_left_out_with_a_leading_dash() -> None:
    found = parse(["ask", "--domain", "a.example", "--domain=-b.example", "q"])
    assert found.domain == ["a.example", "-b.example"]


@pytest.mark.parametrize(
    "typed",
    [
        ["ask", "--provider", "nobody"],
        ["ask", "--dialect", "nobodys"],
        ["ask", "--max-tokens", "1.5"],
        ["ask", "--json", "--json-lines"],
        ["ask", "a", "b"],
        ["show"],
        ["nothing-like-it"],
    ],
    ids=" ".join,
)
def test_that_a_usage_error_ends_with_2(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse(typed)
    assert end.value.code == 2
    assert "usage: headwater" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [["--help"], ["nothing-like-it"], ["--data-dir", "D", "x"]])
def test_that_help_and_a_wrong_word_name_every_command(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(typed)
    printed = "".join(capsys.readouterr())
    for command in ("ask", "history", "show", "export", "backup", "restore", "check"):
        assert re.search(rf"\b{command}\b", printed), command


@pytest.mark.parametrize("typed", [["--help"], ["ask", "--help"], ["--version"]], ids=" ".join)
def test_that_help_and_version_end_with_0(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse(typed)
    assert end.value.code == 0
    assert "headwater" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ([], ("perplexity", "https://api.perplexity.ai/v1", "agent", "")),
        (["--provider", "ollama"], ("ollama", "http://localhost:11434/v1", "chat-completions", "")),
        (["--provider", "demo"], ("demo", "", "agent", "recorded")),
        (["--base-url", "localhost:9"], ("custom", "http://localhost:9", "chat-completions", "")),
        (
            ["--base-url", "https://h/v1/", "--dialect", "typed-events"],
            ("custom", "https://h/v1", "typed-events", ""),
        ),
        (
            ["--provider", "openai", "--base-url", "https://h/v1"],
            ("openai", "https://h/v1", "chat-completions", ""),
        ),
        (
            ["--provider", "perplexity", "--dialect", "chat-completions"],
            ("perplexity", "https://api.perplexity.ai/v1", "chat-completions", ""),
        ),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_that_the_command_line_names_whom_to_ask(
    typed: list[str], found: tuple[str, str, str, str]
) -> None:
    assert chosen(*typed) == found


def test_that_what_was_chosen_in_the_window_holds_where_nothing_is_typed() -> None:
    preferences = (
        Preferences(provider_id="custom", custom_dialect=DialectName.TYPED_EVENTS)
        .at_base_url("custom", "http://localhost:9/v1")
        .choosing_model("custom", "m")
        .choosing_model("openai", "n")
    )
    custom = ("custom", "http://localhost:9/v1", "typed-events", "m")
    assert chosen(preferences=preferences) == custom
    assert chosen("--provider", "custom", preferences=preferences) == custom
    assert chosen("--provider", "openai", preferences=preferences)[3] == "n"
    elsewhere = chosen("--base-url", "http://localhost:10", preferences=preferences)
    assert elsewhere[:2] == ("custom", "http://localhost:10")
    openai = replace(preferences, provider_id="openai")
    assert chosen(preferences=openai)[0] == "openai"


@pytest.mark.parametrize("provider_id", ["custom", "perplexity-gateway"])
def test_that_a_provider_without_an_address_asks_for_one(provider_id: str) -> None:
    with pytest.raises(UsageError, match="--base-url URL"):
        chosen("--provider", provider_id)


@pytest.mark.parametrize(
    "address", ["ftp://h", "https://good.example@evil.example/", "javascript:alert(1)", "http:///x"]
)
def test_that_S19_an_unusable_address_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError):
        chosen("--base-url", address)


@pytest.mark.parametrize(
    ("typed", "is_terminal"),
    [
        (["ask", "q"], True),
        (["history"], True),
        (["show", "id"], True),
        (["backup"], True),
        (["restore", "file"], True),
        (["--data-dir", "D", "ask", "q"], True),
        (["--data-dir=D", "history"], True),
        (["--data-dir", "ask"], False),
        (["--help"], True),
        (["--version"], True),
        ([], False),
        (["--provider", "demo"], False),
        (["--model", "show", "--provider", "demo"], False),
        (["question", "ask"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_that_the_first_word_decides_between_terminal_and_window(
    typed: list[str], is_terminal: bool
) -> None:
    assert any(word in _TERMINAL for word in _leading_words(typed)) is is_terminal


@pytest.mark.parametrize("argv", [[], ["--new"], ["--provider", "demo"]])
def test_that_a_plain_start_begins_with_the_window(argv: list[str]) -> None:
    assert begins_with_window(parse_window(argv))


@pytest.mark.parametrize(
    "argv",
    [["--quick-ask"], ["--toggle"], ["--hidden"], ["--ask", ""], ["--ask", "x"], ["headwater:x"]],
)
def test_that_a_start_for_the_quick_ask_shows_no_window_first(argv: list[str]) -> None:
    assert not begins_with_window(parse_window(argv))


@pytest.mark.parametrize("argv", [["--quick-ask", "--hidden"], ["--ask", "x", "--toggle"]])
def test_that_two_wishes_at_once_are_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_window(argv)
    assert ended.value.code == 2
