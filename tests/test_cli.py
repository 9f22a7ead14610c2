"""`headwater` in a process of its own: what it prints, sends, keeps and returns.

The names in the output and the exit statuses are a public interface (README, "In the terminal").
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater import cli
from headwater.adapters.instance_lock import InstanceLock
from headwater.domain.events import AnswerEvent, TextArrived
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    ReceivedRequest,
    answer,
    chat_event,
    chat_stream,
    cut,
    dead_port,
    in_chunks,
    json_answer,
    no_head,
    redirect,
    running,
    stall,
)

CANARY = "sk-canary-7f3a91c2d4"
DESKTOP = Path(cli.__file__).resolve().parents[1]
ANSWER_KEYS = {
    "text",
    "reasoning",
    "sources",
    "related",
    "usage",
    "model",
    "finish_reason",
    "state",
    "failure",
    "attempts",
}
USAGE_KEYS = {
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cost",
    "searches",
    "cached_tokens",
    "reasoning_tokens",
    "currency",
}
FAILURE_KEYS = {"kind", "title", "detail", "status", "retryable"}
NOT_BY_ITSELF = {"Retry-After": "3600"}  # so that no time is spent on further attempts

PAGE = {"title": "A page", "url": "https://example.org/a", "date": "2026-01-02", "snippet": "Words"}
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31mred\u202edesrever"
FULL = (
    chat_event("It is ")
    + chat_event("open [1].", search_results=[PAGE], citations=[PAGE["url"]])
    + chat_event(
        finish_reason="stop",
        model="m-1",
        usage={
            "prompt_tokens": 11,
            "completion_tokens": 5,
            "total_tokens": 16,
            "cost": {"total_cost": 0.0042},
        },
        related_questions=["And tomorrow?"],
    )
    + b"data: [DONE]\n\n"
)


def refused(status: int, message: str = "No.") -> Behaviour:
    return json_answer({"error": {"message": message}}, status=status, headers=NOT_BY_ITSELF)


async def endless(exchange: Exchange) -> None:
    """Send a word every few milliseconds until the client has gone."""
    await in_chunks([chat_event("word ") for _ in range(5000)], every=0.004)(exchange)


BEHAVIOURS: dict[str, Behaviour] = {
    "full": answer(FULL),
    "whole": json_answer(
        {
            "choices": [{"index": 0, "message": {"content": "All."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
        }
    ),
    "half": cut(chat_stream("half", " an answer", finish_reason=None, done=False), 10_000),
    "empty": answer(chat_stream()),
    "silent": stall(chat_stream("so far", finish_reason=None, done=False)),
    "headless": no_head(),
    "endless": endless,
    "hostile": answer(
        chat_event(f"before {HOSTILE} after", search_results=[{**PAGE, "title": HOSTILE}])
        + chat_stream()
    ),
    "hostile-refusal": refused(400, f"Because {HOSTILE}."),
    "echo": refused(401, f"The key {CANARY} is not known."),
    "401": refused(401),
    "402": refused(402),
    "404": refused(404),
    "429": refused(429),
    "503": refused(503),
}


async def by_model(exchange: Exchange) -> None:
    """Behave as the model's name says."""
    await BEHAVIOURS[exchange.request.json["model"]](exchange)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with running(by_model) as found:
        yield found


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """Return the one object of `--json`, checked for its exact shape."""
        assert self.out.count("\n") == 1, self.out + self.err
        found: dict[str, Any] = json.loads(self.out)
        check_shape(found)
        return found


def check_shape(found: Mapping[str, Any]) -> None:
    assert set(found) == ANSWER_KEYS
    assert found["usage"] is None or set(found["usage"]) == USAGE_KEYS
    assert found["failure"] is None or set(found["failure"]) == FAILURE_KEYS
    for source in found["sources"]:
        assert set(source) == {"id", "url", "title", "snippet", "published"}


class Terminal:
    """A person's terminal with an empty home and a data folder; no key may be seen in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.data = folder / "data"
        self.home.mkdir(parents=True)

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": str(DESKTOP),
            "HEADWATER_DATA_DIR": str(self.data),
            **extra,
        }

    @contextmanager
    def begun(
        self, *arguments: str, out: int = subprocess.PIPE, err: int = subprocess.PIPE, **env: str
    ) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "headwater", *arguments],
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
            encoding="utf-8",
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def run(self, *arguments: str, given: str | None = None, **env: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "headwater", *arguments],
            env=self.environment(env),
            input=given or "",
            capture_output=True,
            timeout=20,
            text=True,
            encoding="utf-8",
            check=False,
        )
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in outcome.err, outcome.err
        self.check_for_keys(outcome.out + outcome.err)
        return outcome

    def check_for_keys(self, printed: str) -> None:
        assert CANARY not in printed
        for path in self.files:
            assert CANARY.encode() not in path.read_bytes(), path

    @property
    def files(self) -> list[Path]:
        return [path for path in self.data.rglob("*") if path.is_file()]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def ask(server: FaultServer, model: str, *further: str) -> list[str]:
    return ["ask", "--base-url", server.base_url, "--model", model, *further]


def until(claim: Callable[[], object], limit: float = 10.0) -> None:
    deadline = time.monotonic() + limit
    while not claim():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def ended(process: subprocess.Popen[str], within: float = 10.0) -> Outcome:
    out, err = process.communicate(timeout=within)
    assert "Traceback" not in err, err
    return Outcome(process.returncode, out, err)


def last_request(server: FaultServer, before: int) -> ReceivedRequest:
    until(lambda: len(server.requests) > before)
    return server.requests[before]


def test_that_an_answer_is_printed_with_its_sources_and_usage_and_kept(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(*ask(server, "full", "Is it open?"))
    assert (told.status, told.err) == (0, "")
    text, sources, usage = told.out.split("\n\n")
    assert text == "It is open [1]."
    assert sources == "[1] A page, 2026-01-02\n    https://example.org/a"
    assert usage.startswith("11 tokens in · 5 tokens out · 0.0042 USD")

    listed = terminal.run("history", "--json")
    assert listed.status == 0
    (summary,) = json.loads(listed.out)
    assert set(summary) == {"id", "title", "updated", "state"}
    assert (summary["title"], summary["state"]) == ("Is it open?", "complete")
    assert terminal.run("history", "nothing like it").out == ""

    shown = terminal.run("show", summary["id"], "--json")
    conversation = json.loads(shown.out)
    assert conversation["id"] == summary["id"]
    (turn,) = conversation["turns"]
    assert turn["question"] == "Is it open?"
    check_shape({name: turn[name] for name in ANSWER_KEYS})
    assert (turn["text"], turn["state"], turn["model"]) == ("It is open [1].", "complete", "m-1")
    assert turn["sources"][0]["published"] == "2026-01-02"
    assert "It is open [1]." in terminal.run("show", summary["id"]).out

    unknown = terminal.run("show", "0123456789abcdef", "--json")
    assert (unknown.status, unknown.out) == (1, "")
    assert unknown.err.count("\n") == 1


def test_that_json_is_one_object_of_the_public_shape(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(*ask(server, "full", "--json", "--no-save", "q"))
    found = told.answer
    assert (told.status, told.err) == (0, "")
    assert found["text"] == "It is open [1]."
    assert found["sources"] == [
        {
            "id": "1",
            "url": "https://example.org/a",
            "title": "A page",
            "snippet": "Words",
            "published": "2026-01-02",
        }
    ]
    assert found["related"] == ["And tomorrow?"]
    assert found["usage"]["total_tokens"] == 16
    assert found["usage"]["cost"] == 0.0042
    assert (found["model"], found["finish_reason"]) == ("m-1", "stop")
    assert (found["state"], found["failure"], found["attempts"]) == ("complete", None, 1)
    assert terminal.files == []


def test_that_json_lines_are_the_events_and_the_answer_last(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(*ask(server, "full", "--json-lines", "--no-save", "q"))
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert told.status == 0
    assert "".join(x["text"] for x in lines if x["event"] == "text-arrived") == "It is open [1]."
    assert [x["event"] for x in lines[:-1]].count("completed") == 1
    last = lines[-1]
    assert last.pop("event") == "answer"
    check_shape(last)
    assert last["state"] == "complete"


@pytest.mark.parametrize(
    ("model", "status", "state", "kind"),
    [
        ("half", 6, "incomplete", "stream-broken"),
        ("empty", 1, "failed", "answer-failed"),
        ("401", 3, "failed", "unauthorized"),
        ("402", 4, "failed", "quota"),
        ("429", 4, "failed", "rate-limit"),
        ("503", 5, "failed", "service-down"),
        ("404", 1, "failed", "not-found"),
    ],
)
def test_that_each_ending_has_its_state_its_kind_and_its_exit_status(
    terminal: Terminal, server: FaultServer, model: str, status: int, state: str, kind: str
) -> None:
    told = terminal.run(*ask(server, model, "--json", "--no-save", "q"))
    found = told.answer
    assert (told.status, found["state"], found["failure"]["kind"]) == (status, state, kind)
    assert found["failure"]["title"]
    assert found["text"] == ("half an answer" if state == "incomplete" else "")
    if model.isdigit():
        assert found["failure"]["status"] == int(model)


def test_that_nobody_at_the_address_is_a_matter_of_the_network(terminal: Terminal) -> None:
    with dead_port() as port:
        address = f"http://127.0.0.1:{port}/v1"
        told = terminal.run(
            "ask", "--base-url", address, "--model", "m", "--json", "--no-save", "q"
        )
    assert (told.status, told.answer["failure"]["kind"]) == (5, "not-connected")
    assert told.answer["attempts"] == 3


def test_that_a_broken_answer_says_so_beside_the_text(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(*ask(server, "half", "--no-save", "q"))
    assert told.status == 6
    assert told.out.startswith("half an answer\n")
    assert "What had arrived is kept." in told.err


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_that_R33_ctrl_c_keeps_the_text_prints_it_and_closes_the_connection(
    terminal: Terminal, server: FaultServer, which: signal.Signals
) -> None:
    before = len(server.requests)
    with terminal.begun(*ask(server, "silent", "--json-lines", "q")) as process:
        assert process.stdout is not None
        seen = ""
        while "so far" not in seen:
            seen = process.stdout.readline()
        process.send_signal(which)
        sent_at = time.monotonic()
        told = ended(process)
        assert time.monotonic() - sent_at < 2
    assert told.status == 130
    last = json.loads(told.out.splitlines()[-1])
    assert (last["text"], last["state"], last["failure"]) == ("so far", "stopped", None)
    until(lambda: last_request(server, before).left_at is not None, 2)
    (summary,) = json.loads(terminal.run("history", "--json").out)
    assert summary["state"] == "stopped"


@pytest.mark.parametrize("model", ["silent", "headless"])
def test_that_R33_a_question_is_kept_before_its_answer_has_ended(
    terminal: Terminal, server: FaultServer, model: str
) -> None:
    """Behind the first word, or while it is waited for."""
    with terminal.begun(*ask(server, model, "q")) as process:
        until(lambda: '"q"' in terminal.run("history", "--json").out, 5)
        process.kill()
    (summary,) = json.loads(terminal.run("history", "--json").out)
    assert summary["title"] == "q"


def test_that_ctrl_c_before_the_first_word_prints_the_object_all_the_same(
    terminal: Terminal, server: FaultServer
) -> None:
    before = len(server.requests)
    with terminal.begun(*ask(server, "headless", "--json", "--no-save", "q")) as process:
        request = last_request(server, before)
        process.send_signal(signal.SIGINT)
        told = ended(process)
    assert told.status == 130
    assert (told.answer["state"], told.answer["text"]) == ("stopped", "")
    until(lambda: request.left_at is not None, 2)


def test_that_S13_the_options_are_sent_as_they_were_typed(
    terminal: Terminal, server: FaultServer
) -> None:
    before = len(server.requests)
    flags = ["--system", "Be brief.", "--max-tokens", "7", "--temperature", "0.5", "--top-p", "0.9"]
    told = terminal.run(*ask(server, "full", *flags, "--no-save"), given="Typed\nin two lines\n")
    assert told.status == 0
    sent = last_request(server, before)
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.json["model"] == "full"
    assert sent.json["stream"] is True
    assert [(m["role"], m["content"].strip()) for m in sent.json["messages"]] == [
        ("system", "Be brief."),
        ("user", "Typed\nin two lines"),
    ]
    assert (sent.json["max_tokens"], sent.json["temperature"], sent.json["top_p"]) == (7, 0.5, 0.9)
    assert "authorization" not in sent.headers


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("agent", "/v1/responses"),
        ("chat-completions", "/v1/chat/completions"),
        ("typed-events", "/v1"),
    ],
)
def test_that_each_dialect_asks_at_its_own_place(
    terminal: Terminal, server: FaultServer, dialect: str, path: str
) -> None:
    before = len(server.requests)
    terminal.run(*ask(server, "401", "--dialect", dialect, "--no-save", "q"))
    assert last_request(server, before).path == path


PICTURE = b"\x89PNG\r\n\x1a\n and pixels"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    """A picture, a text and a PDF on the disk."""
    contents = {"shot.png": PICTURE, "notes.txt": "Grüße\n".encode(), "paper.pdf": b"%PDF-1.7"}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    shot, notes, paper = (str(tmp_path / name) for name in contents)
    return shot, notes, paper


def test_that_attached_files_arrive_as_parts_of_a_chat_and_are_kept(
    terminal: Terminal, server: FaultServer, files: tuple[str, str, str]
) -> None:
    before = len(server.requests)
    shot, notes, _ = files
    told = terminal.run(*ask(server, "full", "--attach", shot, "--attach", notes, "What is this?"))
    assert (told.status, told.err) == (0, "")
    assert last_request(server, before).json["messages"] == [
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "What is this?\n\nAttached file notes.txt:\n```\nGrüße\n```",
                },
                {
                    "type": "image_url",
                    "image_url": {"url": f"data:image/png;base64,{b64encode(PICTURE).decode()}"},
                },
            ],
        }
    ]
    (listed,) = json.loads(terminal.run("history", "--json").out)
    (turn,) = json.loads(terminal.run("show", listed["id"], "--json").out)["turns"]
    assert turn["attachments"] == [
        {"name": "shot.png", "media_type": "image/png", "bytes": len(PICTURE)},
        {"name": "notes.txt", "media_type": "text/plain", "bytes": 8},
    ]
    shown = terminal.run("show", listed["id"]).out
    assert shown.startswith("# What is this?\n\nAttached: shot.png, notes.txt\n\nIt is open [1].")


def test_that_attached_files_arrive_as_parts_of_an_agent_request(
    terminal: Terminal, server: FaultServer, files: tuple[str, str, str]
) -> None:
    before = len(server.requests)
    shot, notes, paper = files
    attached = [word for path in (paper, shot, notes) for word in ("--attach", path)]
    place = ["--provider", "perplexity", "--base-url", server.base_url, "--model", "401"]
    told = terminal.run("ask", *place, *attached, "--no-save", "Why?", HEADWATER_API_KEY="k" * 20)
    assert told.status == 3
    request = last_request(server, before)
    assert request.path == "/v1/responses"
    assert request.json["input"] == [
        {
            "type": "message",
            "role": "user",
            "content": [
                {
                    "type": "input_text",
                    "text": "Why?\n\nAttached file notes.txt:\n```\nGrüße\n```",
                },
                {
                    "type": "input_file",
                    "filename": "paper.pdf",
                    "file_data": "data:application/pdf;base64,JVBERi0xLjc=",
                },
                {
                    "type": "input_image",
                    "image_url": f"data:image/png;base64,{b64encode(PICTURE).decode()}",
                },
            ],
        }
    ]


def test_that_a_file_may_be_the_whole_question(
    terminal: Terminal, server: FaultServer, files: tuple[str, str, str]
) -> None:
    told = terminal.run(*ask(server, "full", "--attach", files[0]), given="")
    assert told.status == 0
    (listed,) = json.loads(terminal.run("history", "--json").out)
    assert listed["title"] == "shot.png"


def test_that_what_a_server_is_not_sent_is_said_and_nothing_is_sent(
    terminal: Terminal, server: FaultServer, files: tuple[str, str, str]
) -> None:
    before = len(server.requests)
    told = terminal.run(*ask(server, "full", "--attach", files[2], "--json", "q"))
    assert told.status == 1
    assert told.answer["failure"]["kind"] == "refused"
    assert told.answer["failure"]["title"] == (
        "paper.pdf is a PDF, which cannot be sent to Another server."
    )
    assert len(server.requests) == before


def test_that_a_file_that_cannot_go_along_is_named_in_one_sentence(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    for path, words in (
        (tmp_path / "empty.txt", "empty.txt is empty."),
        (tmp_path / "none.txt", f"{tmp_path}/none.txt cannot be read: no such file or directory"),
        (Path("/dev/zero"), "zero is larger than 20 MB, the most that can be sent."),
    ):
        told = terminal.run("ask", "--provider", "demo", "--attach", str(path), "q")
        assert (told.status, told.out) == (2, "")
        assert told.err == f"headwater: {words}\n"


def test_that_no_stream_waits_for_the_whole_answer(terminal: Terminal, server: FaultServer) -> None:
    before = len(server.requests)
    told = terminal.run(*ask(server, "whole", "--no-stream", "--json", "--no-save", "q"))
    assert (told.status, told.answer["text"]) == (0, "All.")
    assert told.answer["usage"]["output_tokens"] == 1
    assert not last_request(server, before).json.get("stream")


def test_that_stop_after_ends_the_answer_by_itself(terminal: Terminal, server: FaultServer) -> None:
    before = len(server.requests)
    told = terminal.run(*ask(server, "endless", "--stop-after", "9", "--json", "--no-save", "q"))
    assert told.status == 130
    assert told.answer["state"] == "stopped"
    assert 33 <= len(told.answer["text"]) < 200
    until(lambda: last_request(server, before).left_at is not None, 2)


def test_that_the_demo_answers_without_a_key_or_a_network(terminal: Terminal) -> None:
    told = terminal.run("ask", "--provider", "demo", "--stop-after", "3", "--json", "q")
    assert told.answer["state"] == "stopped"
    assert told.answer["text"]
    (summary,) = json.loads(terminal.run("history", "--json").out)
    assert summary["title"] == "q"


def test_that_S15_the_key_goes_to_the_chosen_address_and_is_seen_nowhere_else(
    terminal: Terminal, server: FaultServer
) -> None:
    before = len(server.requests)
    told = terminal.run(*ask(server, "full", "q"), HEADWATER_API_KEY=CANARY)
    assert told.status == 0
    assert last_request(server, before).headers["authorization"] == f"Bearer {CANARY}"
    assert terminal.files
    echoed = terminal.run(*ask(server, "echo", "--json", "q"), HEADWATER_API_KEY=CANARY)
    assert echoed.status == 3
    assert echoed.answer["failure"]["status"] == 401


def test_that_R29_a_redirect_gets_neither_the_key_nor_the_question(terminal: Terminal) -> None:
    with running(answer(FULL)) as elsewhere, running(redirect(elsewhere.base_url)) as first:
        told = terminal.run(*ask(first, "m", "--json", "--no-save", "q"), HEADWATER_API_KEY=CANARY)
        assert first.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert elsewhere.requests == []
    assert told.status != 0
    assert told.answer["state"] == "failed"
    assert "127.0.0.1" in told.answer["failure"]["title"] + told.answer["failure"]["detail"]


def test_that_S19_perplexitys_key_goes_to_no_other_address(
    terminal: Terminal, server: FaultServer
) -> None:
    before = len(server.requests)
    as_perplexity = ["--provider", "perplexity", "--base-url", server.base_url]
    told = terminal.run(
        "ask", *as_perplexity, "--json", "--no-save", "q", PERPLEXITY_API_KEY=CANARY
    )
    assert (told.status, told.answer["failure"]["kind"]) == (3, "no-key")
    assert len(server.requests) == before
    told = terminal.run(*ask(server, "full", "--no-save", "q"), PERPLEXITY_API_KEY=CANARY)
    assert told.status == 0
    assert "authorization" not in last_request(server, before).headers


def test_that_S19_a_key_is_not_sent_where_anyone_could_read_it(terminal: Terminal) -> None:
    told = terminal.run(
        "ask", "--base-url", "http://192.0.2.1/v1", "--json", "q", HEADWATER_API_KEY=CANARY
    )
    assert (told.status, told.out) == (2, "")
    assert "https" in told.err
    assert terminal.files == []


def test_that_a_key_nobody_chose_an_address_for_stays_here(terminal: Terminal) -> None:
    told = terminal.run("ask", "--json", "--no-save", "q", HEADWATER_API_KEY=CANARY)
    assert (told.status, told.answer["failure"]["kind"]) == (3, "no-key")


def test_that_S21_a_check_says_why_the_keyring_gave_no_key(terminal: Terminal) -> None:
    with running(refused(401)) as closed:
        at = ("--provider", "openai", "--base-url", closed.base_url)
        told = terminal.run("check", *at)
    assert told.status == 3
    assert "No keyring is running. Install gnome-keyring or KWallet, or unlock it." in told.err


def test_that_S14_an_unusable_key_is_named_and_not_quoted(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(
        *ask(server, "full", "--no-save", "q"), HEADWATER_API_KEY=f"{CANARY}\nX-Other: y"
    )
    assert "HEADWATER_API_KEY is not usable" in told.err


@pytest.mark.parametrize("how", ["option", "option first", "environment"])
def test_that_every_file_is_inside_the_data_folder(
    terminal: Terminal, server: FaultServer, tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "elsewhere"
    line = ask(server, "full", "q")
    if how == "option":
        told = terminal.run(*line, "--data-dir", str(folder))
    elif how == "option first":
        told = terminal.run("--data-dir", str(folder), *line)
    else:
        told = terminal.run(*line, HEADWATER_DATA_DIR=str(folder))
    assert told.status == 0
    assert [path for path in folder.rglob("*") if path.is_file()]
    assert terminal.files == []
    assert list(terminal.home.rglob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"home", "elsewhere"}


def test_that_R37_an_answer_is_printed_where_nothing_can_be_kept(
    terminal: Terminal, server: FaultServer
) -> None:
    told = terminal.run(*ask(server, "full", "--json", "q"), HEADWATER_DATA_DIR=os.devnull)
    assert (told.status, told.answer["state"]) == (0, "complete")
    assert told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", ""],
        ["ask", " \n"],
        ["ask", "--provider", "nobody", "q"],
        ["ask", "--dialect", "nobodys", "q"],
        ["ask", "--base-url", "ftp://host", "q"],
        ["ask", "--base-url", "https://api.good.example@evil.example/", "q"],
        ["ask", "--provider", "custom", "q"],
        ["ask", "--provider", "perplexity-gateway", "q"],
        ["ask", "--max-tokens", "0", "q"],
        ["ask", "--max-tokens", "many", "q"],
        ["ask", "--temperature", "2.1", "q"],
        ["ask", "--temperature", "nan", "q"],
        ["ask", "--top-p", "0", "q"],
        ["ask", "--stop-after", "-1", "q"],
        ["ask", "--attach", "no/such/file.png", "q"],
        ["ask", "--attach", ".", "q"],
        ["ask", "--attach", os.devnull, "q"],
        ["ask", "--json", "--json-lines", "q"],
        ["ask", "--nothing-like-it", "q"],
        ["ask", "two", "questions"],
        ["show"],
    ],
    ids=" ".join,
)
def test_that_what_cannot_be_done_is_said_and_ends_with_2(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HEADWATER_DATA_DIR", str(tmp_path / "data"))
    try:
        status = cli.run(arguments)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else -1
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert "headwater" in printed.err
    assert "Traceback" not in printed.err
    assert list(tmp_path.iterdir()) == []


def test_that_an_empty_question_on_standard_input_ends_with_2(terminal: Terminal) -> None:
    told = terminal.run("ask", "--provider", "demo", given=" \n")
    assert (told.status, told.out) == (2, "")
    assert told.err == "headwater: the question is empty\n"


def test_that_without_a_display_the_window_says_so_in_one_sentence(terminal: Terminal) -> None:
    told = terminal.run()
    assert (told.status, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert "display" in told.err
    assert terminal.files == []


def test_that_a_mistake_of_ours_is_an_answer_that_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __init__(self, **_: object) -> None:
            pass

        async def stream(self, *_: object) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
            yield (TextArrived("so far"),)
            raise ZeroDivisionError

    monkeypatch.setattr(cli, "HttpAnswerService", Broken)
    line = ["ask", "--base-url", "localhost:9/v1", "--model", "m", "--json", "--no-save", "q"]
    assert cli.run(line) == 6
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["text"], found["failure"]["kind"]) == ("so far", "internal")
    assert printed.err.count("Traceback") == 1


@pytest.mark.parametrize("form", ["plain", "--json-lines"])
def test_that_a_reader_who_leaves_ends_the_answer_without_a_traceback(
    terminal: Terminal, server: FaultServer, form: str
) -> None:
    before = len(server.requests)
    further = [] if form == "plain" else [form]
    with terminal.begun(*ask(server, "endless", *further, "q")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(5)
        process.stdout.close()
        assert process.wait(5) == 1
        assert process.stderr.read() == ""
    until(lambda: last_request(server, before).left_at is not None, 2)
    (summary,) = json.loads(terminal.run("history", "--json").out)
    assert summary["state"] == "stopped"


def test_that_a_reader_who_has_left_before_the_end_causes_no_traceback(
    terminal: Terminal, server: FaultServer
) -> None:
    with terminal.begun(*ask(server, "full", "--json", "--no-save", "q")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(10) == 1
        assert process.stderr.read() == ""


def shown_on_a_terminal(terminal: Terminal, *arguments: str) -> tuple[int, str]:
    """Return the exit status and all that a terminal received, standard error included."""
    import pty  # not everywhere

    master, slave = pty.openpty()
    try:
        with terminal.begun(*arguments, out=slave, err=slave) as process:
            os.close(slave)
            received = b""
            while True:
                try:
                    piece = os.read(master, 4096)
                except OSError:  # how Linux says that nobody writes any more
                    break
                if not piece:
                    break
                received += piece
            status = process.wait(10)
    finally:
        os.close(master)
    return status, received.decode()


@pytest.mark.parametrize(
    ("model", "form", "status"),
    [("hostile", "plain", 0), ("hostile", "--json", 0), ("hostile-refusal", "plain", 1)],
)
def test_that_S13_nothing_from_a_server_steers_the_terminal(
    terminal: Terminal, server: FaultServer, model: str, form: str, status: int
) -> None:
    further = [] if form == "plain" else [form]
    ending, received = shown_on_a_terminal(terminal, *ask(server, model, *further, "q"))
    assert ending == status
    assert "owned" in received
    assert not set(received) & set("\x1b\x07\x9b\u202e")
    if model == "hostile":
        (summary,) = json.loads(terminal.run("history", "--json").out)
        for line in (["show", summary["id"]], ["history"]):
            _, received = shown_on_a_terminal(terminal, *line)
            assert received
            assert not set(received) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize(
    ("platform", "written"), [("win32", "東京 → ü".encode()), ("linux", b"?? ? \xfc")]
)
def test_that_a_pipe_of_windows_loses_no_character(platform: str, written: bytes) -> None:
    pipe = io.BytesIO()
    stream = io.TextIOWrapper(pipe, encoding="cp1252")

    cli.keep_every_character(stream, platform)
    stream.write("東京 → ü")
    stream.flush()

    assert pipe.getvalue() == written


def kept(terminal: Terminal, server: FaultServer, model: str = "full") -> str:
    """Ask a question and return the id of its conversation."""
    terminal.run(*ask(server, model, "Is it open?"))
    (summary,) = json.loads(terminal.run("history", "--json").out)
    return str(summary["id"])


def test_that_a_conversation_is_exported_in_each_format(
    terminal: Terminal, server: FaultServer
) -> None:
    conversation_id = kept(terminal, server)
    begins = {
        "md": "# Is it open?\n",
        "html": "<!DOCTYPE html>\n",
        "json": '{\n  "program": "Headwater",',
        "bibtex": "@misc{example-org-",
        "ris": "TY  - ELEC\n",
        "csl-json": "[\n  {\n",
    }
    for form, beginning in begins.items():
        told = terminal.run("export", conversation_id, "--format", form)
        assert (told.status, told.err) == (0, "")
        assert told.out.startswith(beginning)
    assert terminal.run("export", conversation_id, "-o", "-").out.startswith(begins["md"])


def test_that_a_pdf_is_exported_without_a_display(terminal: Terminal, server: FaultServer) -> None:
    conversation_id = kept(terminal, server)
    path = terminal.home / "answer.pdf"

    told = terminal.run("export", conversation_id, "-o", str(path), QT_QPA_PLATFORM="xcb")

    assert (told.status, told.out, told.err) == (0, "", "")
    assert path.read_bytes().startswith(b"%PDF-1.")


def test_that_an_exported_file_replaces_none_without_force(
    terminal: Terminal, server: FaultServer
) -> None:
    conversation_id = kept(terminal, server)
    path = terminal.home / "answer.html"
    path.write_text("mine", encoding="utf-8")

    refused_ = terminal.run("export", conversation_id, "-o", str(path))
    assert refused_.status == 2
    assert refused_.err == f"headwater: {path} exists already. Use --force to replace a file.\n"
    assert path.read_text(encoding="utf-8") == "mine"

    assert terminal.run("export", conversation_id, "-o", str(path), "--force").status == 0
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_that_an_export_that_cannot_be_says_why_in_a_line(
    terminal: Terminal, server: FaultServer
) -> None:
    conversation_id = kept(terminal, server)
    for typed, status, words in (
        (["0123456789abcdef"], 1, "no conversation has the id 0123456789abcdef"),
        ([conversation_id, "-o", str(terminal.home)], 2, "is a folder"),
        ([conversation_id, "-o", str(terminal.home / "no" / "a.md")], 1, "cannot be written"),
        ([conversation_id, "-o", os.devnull, "--force"], 2, "is no ordinary file"),
    ):
        told = terminal.run("export", *typed)
        assert (told.status, told.out) == (status, "")
        assert words in told.err
        assert told.err.count("\n") == 1
    assert terminal.run("export", conversation_id, "--format", "docx").status == 2


def test_that_a_pdf_is_not_poured_over_a_terminal(terminal: Terminal, server: FaultServer) -> None:
    conversation_id = kept(terminal, server)

    status, received = shown_on_a_terminal(terminal, "export", conversation_id, "--format", "pdf")

    assert status == 2
    assert "a PDF is nothing for a terminal; name a file with -o FILE" in received
    assert "%PDF" not in received


def test_that_nothing_that_is_exported_steers_a_terminal(
    terminal: Terminal, server: FaultServer
) -> None:
    conversation_id = kept(terminal, server, "hostile")
    for form in ("md", "html", "json", "bibtex", "ris", "csl-json"):
        _, received = shown_on_a_terminal(terminal, "export", conversation_id, "--format", form)
        assert received
        assert not set(received) & set("\x1b\x07\x9b\u202e"), form
        told = terminal.run("export", conversation_id, "--format", form)
        assert not set(told.out) & set("\x1b\x07\x9b\u202e"), form


def titles(terminal: Terminal) -> list[str]:
    listed = json.loads(terminal.run("history", "--json").out)
    return sorted(each["title"] for each in listed)


def test_that_a_backup_is_written_to_a_file_and_restored_from_it(
    terminal: Terminal, server: FaultServer
) -> None:
    place = terminal.home / "history.db"
    terminal.run(*ask(server, "full", "First?"))
    made = terminal.run("backup", str(place))
    assert (made.status, made.out) == (0, f"{place}: 1 conversation\n")
    assert place.stat().st_mode & 0o777 == 0o600
    terminal.run(*ask(server, "full", "Second?"))
    again = terminal.run("backup", str(place))
    assert (again.status, again.out) == (1, "")
    assert "it exists already" in again.err
    restored = terminal.run("restore", str(place))
    assert restored.status == 0, restored.err
    first, second = restored.out.splitlines()
    assert first == "Restored: 1 conversation."
    assert second.startswith("What was there before is kept in ")
    assert titles(terminal) == ["First?"]
    before = second.removeprefix("What was there before is kept in ")
    assert terminal.run("restore", before).out.startswith("Restored: 2 conversations.")
    assert titles(terminal) == ["First?", "Second?"]


def test_that_a_backup_without_a_name_lies_beside_the_daily_ones(
    terminal: Terminal, server: FaultServer
) -> None:
    terminal.run(*ask(server, "full", "First?"))
    made = terminal.run("backup")
    path, _, said = made.out.strip().rpartition(": ")
    assert (made.status, said) == (0, "1 conversation")
    assert Path(path).parent == terminal.data / "data" / "backups"


def test_that_there_is_nothing_to_back_up_is_said(terminal: Terminal) -> None:
    made = terminal.run("backup", str(terminal.home / "history.db"))
    assert (made.status, made.out) == (1, "")
    assert "there is no history" in made.err
    assert list(terminal.home.iterdir()) == []
    assert terminal.files == []


def test_that_nothing_is_restored_while_the_program_runs(
    terminal: Terminal, server: FaultServer
) -> None:
    place = terminal.home / "history.db"
    terminal.run(*ask(server, "full", "First?"))
    terminal.run("backup", str(place))
    terminal.run(*ask(server, "full", "Second?"))
    window = InstanceLock(terminal.data / "state")
    assert window.take()
    try:
        refused_now = terminal.run("restore", str(place))
    finally:
        window.release()
    assert (refused_now.status, refused_now.out) == (1, "")
    assert "Headwater is running" in refused_now.err
    with terminal.begun(*ask(server, "endless", "Third?")) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        until(lambda: len(titles(terminal)) == 3)
        while_asking = terminal.run("restore", str(place))
    assert (while_asking.status, while_asking.out) == (1, "")
    assert "Another Headwater is using the history" in while_asking.err
    assert titles(terminal) == ["First?", "Second?", "Third?"]


def test_that_a_file_that_is_no_backup_is_refused(terminal: Terminal, server: FaultServer) -> None:
    place = terminal.home / "letter.txt"
    place.write_text("Dear history")
    terminal.run(*ask(server, "full", "First?"))
    for given in (place, terminal.home / "missing.db"):
        refused_now = terminal.run("restore", str(given))
        assert (refused_now.status, refused_now.out) == (1, "")
        assert refused_now.err.endswith("Nothing was changed.\n")
    assert titles(terminal) == ["First?"]
    assert place.read_text() == "Dear history"


# Checking a connection


def test_that_check_prints_each_step_and_asks_for_a_word_only_when_told(terminal: Terminal) -> None:
    async def behave(exchange: Exchange) -> None:
        if exchange.request.method == "POST":
            await answer(FULL)(exchange)
        elif "authorization" in exchange.request.headers:
            await json_answer({"data": [{"id": "m-1"}]})(exchange)
        else:
            await refused(401)(exchange)

    with running(behave) as server:
        where = ("--base-url", server.base_url, "--model", "m-1")
        told = terminal.run("check", *where, HEADWATER_API_KEY=CANARY)
        assert [request.method for request in server.requests] == ["GET", "GET"]
        more = terminal.run("check", *where, "--first-word", HEADWATER_API_KEY=CANARY)
        assert server.requests[-1].method == "POST"
    assert (told.status, more.status) == (0, 0)
    steps = [line.split("  ")[:2] for line in more.out.splitlines()]
    assert steps == [
        ["✓", name]
        for name in (
            *("Address", "Connected", "Answers", "Key accepted", "Model known", "First word"),
        )
    ]
    assert "m-1 is one of 1 model." in told.out
    assert CANARY not in told.out + told.err + more.out + more.err


def test_that_check_stops_where_it_fails_and_says_why(terminal: Terminal) -> None:
    with dead_port() as port:
        told = terminal.run("check", "--base-url", f"http://127.0.0.1:{port}/v1")
    assert told.status == 5
    assert told.out.splitlines()[-1].startswith("✗  Connected")
    assert "Nothing answers at" in told.err
    with running(refused(401)) as server:
        told = terminal.run("check", "--base-url", server.base_url, HEADWATER_API_KEY=CANARY)
    assert told.status == 3
    assert told.out.splitlines()[-1].startswith("✗  Key accepted")


def test_that_a_proxy_of_the_preferences_is_used_in_the_terminal(
    terminal: Terminal, tmp_path: Path
) -> None:
    with dead_port() as port:
        network = {"proxy_kind": "own", "proxy_address": f"http://127.0.0.1:{port}"}
        config = tmp_path / "proxied" / "config"
        config.mkdir(parents=True)
        (config / "preferences.json").write_text(json.dumps({"network": network}))
        place = ("--data-dir", str(tmp_path / "proxied"))
        url = ("--base-url", "https://service.example/v1")
        told = terminal.run("ask", "q", *url, *place)
        checked = terminal.run("check", *url, *place)
    assert told.status == checked.status == 5
    assert f"The proxy 127.0.0.1:{port} does not answer." in told.err
    assert f"by way of the proxy 127.0.0.1:{port}" in checked.out
