"""What may go along with a question, under which name, and to whom."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.attachment import (
    LARGEST_TEXT,
    LARGEST_TOGETHER,
    MOST_TOGETHER,
    Attachment,
    UnusableAttachmentError,
    attachment_of,
    clean_name,
    problem_sending,
)
from headwater.domain.provider import (
    BUILT_IN,
    CUSTOM,
    DEEPSEEK,
    OPENAI,
    PERPLEXITY,
    DialectName,
    Provider,
)

PNG = b"\x89PNG\r\n\x1a\n and pixels"
PDF = b"%PDF-1.7 and pages"
PICTURE = attachment_of("screenshot.png", PNG)
PAPER = attachment_of("report.pdf", PDF)
NOTES = attachment_of("notes.txt", "Grüße".encode())


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 JFIF", "image/jpeg"),
        (b"GIF87a...", "image/gif"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (PDF, "application/pdf"),
        (b"name,count\r\n\ta,1\x0c\x1b[31mred\x1b[0m\n", "text/plain"),
        ("\ufeffGrüße".encode(), "text/plain"),
        (b"GIF is a format", "text/plain"),
        (b"RIFF is one as well", "text/plain"),
    ],
)
def test_that_the_bytes_and_not_the_name_say_what_a_file_is(data: bytes, media_type: str) -> None:
    for name in ("a.png", "a.pdf", "a.txt", "a"):
        made = attachment_of(name, data)
        assert (made.name, made.media_type, made.data) == (name, media_type, data)


def test_that_an_attachment_is_of_exactly_one_kind() -> None:
    kinds = [(a.is_image, a.is_pdf, a.is_text) for a in (PICTURE, PAPER, NOTES)]
    assert kinds == [(True, False, False), (False, True, False), (False, False, True)]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"", "a.txt is empty."),
        (
            "/home/me/song.mp3",
            b"ID3\x04\x00\x00",
            "song.mp3 is neither a picture (PNG, JPEG, WEBP, GIF) nor a PDF nor a text in UTF-8.",
        ),
        (
            "old.txt",
            "Grüße".encode("latin-1"),
            "old.txt is neither a picture (PNG, JPEG, WEBP, GIF) nor a PDF nor a text in UTF-8.",
        ),
        (
            "big.png",
            PNG + bytes(LARGEST_TOGETHER),
            "big.png is larger than 20 MB, the most that can be sent.",
        ),
        (
            "log.txt",
            b"x" * (LARGEST_TEXT + 1),
            "log.txt is a text larger than 4 MB, more than a model reads.",
        ),
    ],
    ids=["empty", "sound", "latin-1", "large", "long"],
)
def test_that_what_cannot_go_along_is_refused_in_a_plain_sentence(
    name: str, data: bytes, words: str
) -> None:
    with pytest.raises(UnusableAttachmentError) as told:
        attachment_of(name, data)
    assert str(told.value) == words


def test_that_the_largest_picture_and_the_longest_text_are_taken() -> None:
    assert attachment_of("a.png", PNG + bytes(LARGEST_TOGETHER - len(PNG))).is_image
    assert attachment_of("a.txt", b"x" * LARGEST_TEXT).is_text


@given(st.text(), st.one_of(st.binary(), st.text().map(str.encode)))
def test_that_S19_any_name_and_any_bytes_make_an_attachment_or_a_sentence(
    name: str, data: bytes
) -> None:
    made = made_or_told(name, data)
    if isinstance(made, str):
        assert made.endswith(".")
        assert len(made) < 200
    else:
        assert (made.name, made.data) == (clean_name(name), data)
        assert made.is_image or made.is_pdf or made.is_text


def made_or_told(name: str, data: bytes) -> Attachment | str:
    try:
        return attachment_of(name, data)
    except UnusableAttachmentError as refused:
        return str(refused)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("screenshot.png", "screenshot.png"),
        ("/home/me/My  notes.txt", "My notes.txt"),
        ("C:\\Users\\me\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("..", "attachment"),
        ("", "attachment"),
        ("/", "attachment"),
        ("a\x00b\nc\x1b[2J.txt", "a b c [2J.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("東京 🌊.png", "東京 🌊.png"),
        ("a\udcff.txt", "a\ufffd.txt"),
        ("x" * 200 + ".tar.gz", "x" * 96 + "….gz"),
        ("x" * 200 + "." + "y" * 20, "x" * 99 + "…"),
        ("." + "x" * 200, "." + "x" * 98 + "…"),
    ],
)
def test_that_S13_a_name_is_one_short_line_without_its_folders(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_that_S13_every_name_is_harmless_short_and_stays_what_it_became(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= 100
    assert cleaned == " ".join(cleaned.split())
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not set("/\\") & set(cleaned)
    assert clean_name(cleaned) == cleaned


def test_that_S14_the_bytes_are_not_in_what_a_crash_report_shows() -> None:
    assert "pixels" not in repr(PICTURE)


@pytest.mark.parametrize(
    ("ids", "pictures", "papers"),
    [
        (("perplexity", "perplexity-gateway"), True, True),
        (("openai", "openrouter", "ollama", "lmstudio", "llamacpp", "custom"), True, False),
        (("aiwave", "deepseek", "demo"), False, False),
    ],
)
def test_that_each_provider_is_sent_what_it_takes(
    ids: tuple[str, ...], pictures: bool, papers: bool
) -> None:
    for provider in BUILT_IN:
        if provider.id in ids:
            assert (problem_sending([PICTURE], provider) == "") is pictures
            assert (problem_sending([PAPER], provider) == "") is papers
            assert problem_sending([NOTES], provider) == ""


@pytest.mark.parametrize(
    ("attachment", "provider", "words"),
    [
        (PICTURE, DEEPSEEK, "screenshot.png is a picture, which cannot be sent to DeepSeek."),
        (PAPER, OPENAI, "report.pdf is a PDF, which cannot be sent to OpenAI."),
        (
            PICTURE,
            CUSTOM.at("localhost:1", DialectName.TYPED_EVENTS),
            "screenshot.png is a picture, which cannot be sent to Another server.",
        ),
        (
            PAPER,
            PERPLEXITY.at("localhost:1", DialectName.TYPED_EVENTS),
            "report.pdf is a PDF, which cannot be sent to Perplexity.",
        ),
        (
            Attachment("a.png", "image/png", b""),
            PERPLEXITY,
            "a.png is damaged in the history.",
        ),
        (
            Attachment("a.svg", "image/svg+xml", b"<svg/>"),
            PERPLEXITY,
            "a.svg is of a kind that cannot be sent.",
        ),
    ],
)
def test_that_what_a_provider_does_not_take_is_said_in_a_plain_sentence(
    attachment: Attachment, provider: Provider, words: str
) -> None:
    assert problem_sending([NOTES, attachment, NOTES], provider) == words


def test_that_what_is_together_too_much_is_said_before_it_is_sent() -> None:
    half = attachment_of("a.png", PNG + bytes(LARGEST_TOGETHER // 2 - len(PNG)))
    assert problem_sending([half, half], PERPLEXITY) == ""
    assert problem_sending([half, half, half], PERPLEXITY) == (
        "The attachments are 30 MB together; 20 MB can be sent at once."
    )
    assert problem_sending([half, half, NOTES], PERPLEXITY) == (
        "The attachments are 20.1 MB together; 20 MB can be sent at once."
    )
    assert problem_sending([NOTES] * MOST_TOGETHER, PERPLEXITY) == ""
    assert problem_sending([NOTES] * (MOST_TOGETHER + 1), PERPLEXITY) == (
        "31 files are attached; 30 can be sent at once."
    )


def test_that_the_mark_of_the_byte_order_is_no_part_of_a_text() -> None:
    assert attachment_of("a.txt", "\ufeffGrüße".encode()).text == "Grüße"
    assert Attachment("a.txt", "text/plain", b"half \xc3").text == "half \ufffd"
