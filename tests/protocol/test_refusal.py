"""Every kind of refusal in its own plain words, whatever shape the server gave it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.provider import CUSTOM, OPENAI, PERPLEXITY, DialectName, Provider
from headwater.protocol.refusal import (
    failure_from_error_object,
    failure_from_page,
    failure_from_response,
    failure_from_text,
)
from tests.protocol.recording import recording
from tests.protocol.test_json_reading import JSON

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
SONAR = PERPLEXITY.at("https://api.perplexity.ai", DialectName.CHAT_COMPLETIONS)


def refused(
    status: int,
    body: object = b"",
    headers: dict[str, str] | None = None,
    provider: Provider = PERPLEXITY,
) -> Failure:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure_from_response(status, headers or {}, data, provider, now=NOW)


def error(kind: str = "", message: str = "", code: object = None) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "remedy"),
    [
        (400, error("invalid_request", 'unknown field "x"'), "refused", "change-options"),
        (400, error("invalid_model", "Invalid model"), "refused", "choose-model"),
        (400, error("too_many_prompt_tokens"), "refused", "change-options"),
        (400, error("invalid_request_error", "API key not valid."), "unauthorized", "set-key"),
        (401, error("invalid_api_key", "Invalid API key provided."), "unauthorized", "set-key"),
        (401, b"<html>401 Authorization Required</html>", "unauthorized", "set-key"),
        (401, b"", "unauthorized", "set-key"),
        (402, {"error": {"message": "Insufficient Balance"}}, "quota", "open-account"),
        (403, error("forbidden", "no access"), "forbidden", "open-account"),
        (403, error("chat_completions_not_available"), "endpoint-retired", "use-agent-api"),
        (403, b"agent_api_migration_required", "endpoint-retired", "use-agent-api"),
        (404, error("not_found", "Response not found"), "not-found", "check-address"),
        (404, error("model_not_found", "gone"), "not-found", "choose-model"),
        (404, {"error": "model 'llama9' not found"}, "not-found", "choose-model"),
        (405, b"", "not-found", "check-address"),
        (407, b"", "not-connected", "check-address"),
        (408, b"", "timed-out", "retry"),
        (409, b"", "refused", "retry"),
        (413, error("payload_too_large"), "refused", "change-options"),
        (422, {"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, "refused", "c"),
        (424, error("external_connector_error"), "answer-failed", "retry"),
        (425, b"", "refused", "retry"),
        (429, error("request_rate_limit_exceeded"), "rate-limit", "retry"),
        (429, error("insufficient_quota", "You exceeded your quota"), "quota", "open-account"),
        (429, error("x", "Rate limit: see billing to raise it"), "rate-limit", "retry"),
        (429, b"", "rate-limit", "retry"),
        (500, error("internal_error"), "service-down", "retry"),
        (502, b"<html>Bad gateway</html>", "service-down", "retry"),
        (503, b"", "service-down", "retry"),
        (504, error("gateway_timeout"), "service-down", "retry"),
        (529, error("overloaded_error"), "service-down", "retry"),
        (418, b"", "refused", "change-options"),
        (204, b"", "answer-failed", "retry"),
        (101, b"", "answer-failed", "retry"),
    ],
)
def test_that_R8_R9_every_status_has_its_kind_and_its_remedy(
    status: int, body: object, kind: str, remedy: str
) -> None:
    failure = refused(status, body)
    assert failure.kind.value == kind
    assert failure.remedy.value.startswith(remedy)
    assert failure.status == status
    assert failure.title.endswith(".")
    assert "!" not in failure.title


@pytest.mark.parametrize("status", [401, 402, 400, 403, 404, 405, 407, 413, 422, 424])
def test_that_R8_a_refusal_for_good_is_not_retried(status: int) -> None:
    assert not refused(status).retryable


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
def test_that_R9_a_passing_refusal_may_be_retried(status: int) -> None:
    assert refused(status).retryable


def test_that_complaint_13_the_captured_retirement_is_no_key_problem() -> None:
    retired = recording("refusal_403_retired.json")
    status = retired.expected["status"]
    failure = failure_from_response(status, {"x-should-retry": "true"}, retired.data, SONAR)
    assert failure.kind is FailureKind.ENDPOINT_RETIRED
    assert failure.kind.value == retired.expected["failure"]
    assert failure.remedy is Remedy.USE_AGENT_API
    assert not failure.retryable
    assert "The key is fine." in failure.detail


@pytest.mark.parametrize("body", [b"", b"<html>404</html>", error("not_found", "Not Found")])
def test_that_complaint_13_a_404_of_perplexitys_old_address_is_the_retirement(
    body: object,
) -> None:
    assert refused(404, body, provider=SONAR).kind is FailureKind.ENDPOINT_RETIRED
    assert refused(404, body, provider=OPENAI).kind is FailureKind.NOT_FOUND
    assert refused(404, body, provider=PERPLEXITY).kind is FailureKind.NOT_FOUND


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "unauthorized"), (403, "forbidden"), (429, "rate-limit"), (500, "service-down")],
)
def test_that_other_refusals_of_perplexitys_old_address_keep_their_kind(
    status: int, kind: str
) -> None:
    assert refused(status, provider=SONAR).kind.value == kind


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (error(message="Too long"), "Too long"),
        ({"error": "Too long"}, "Too long"),
        ({"message": "Too long"}, "Too long"),
        ({"detail": "Too long"}, "Too long"),
        ({"detail": {"message": "Too long"}}, "Too long"),
        ({"detail": [{"loc": ["body", 0, "model"], "msg": "missing"}]}, "body.0.model: missing"),
        ({"errors": [{"message": "One"}, "Two"]}, "One; Two"),
        ([{"error": {"message": "Too long"}}], "Too long"),
        (b"Too long", "Too long"),
        ("Too long", "Too long"),
    ],
)
def test_that_the_servers_words_are_quoted_from_any_shape(body: object, said: str) -> None:
    assert refused(400, body).detail == f"The server says: {said}"


@pytest.mark.parametrize("body", [b"", b"null", b"7", b"{}", b'{"error":{}}', b'{"error":null}'])
def test_that_a_body_without_words_adds_none(body: bytes) -> None:
    assert refused(400, body).detail == ""


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, b"log in here"),
        ({}, b"\n\n<!DOCTYPE html><b>log in here</b>"),
        ({}, b"\xef\xbb\xbf<html>log in here"),
    ],
)
def test_that_complaint_19_a_web_page_is_never_shown(headers: dict[str, str], body: bytes) -> None:
    failure = refused(502, body, headers)
    assert failure.detail == "The server answered with a web page."
    assert "log in" not in repr(failure)


def test_that_S13_the_servers_words_are_bounded_and_without_control_characters() -> None:
    failure = refused(400, error(message="a\x01\x1b[31m\u0085b\n\nc" + "x" * 10_000))
    assert failure.detail.startswith("The server says: a [31m b c")
    assert len(failure.detail) < 550
    assert failure.detail.isprintable()
    assert len(failure.raw) <= 4096


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2099 12:00:30 GMT"}, 365 * 86400.0),
        ({"Retry-After": "9" * 5000}, 365 * 86400.0),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": "Fri, 99 Nov 2026 99:00:30 GMT"}, None),
        ({"Retry-After": ""}, None),
        ({"x-ratelimit-reset": "1795176045"}, 45.0),
        ({"x-ratelimit-reset": "1795176045000"}, 45.0),
        ({"x-ratelimit-reset": "1795170000"}, None),
        ({"x-ratelimit-reset": "1s"}, None),
        ({}, None),
    ],
)
def test_that_R7_the_time_to_wait_is_read_from_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert refused(429, b"", headers).retry_after == seconds


def test_that_R7_without_a_clock_a_date_is_not_understood() -> None:
    headers = {"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT", "x-ratelimit-reset": "1795176045"}
    assert failure_from_response(429, headers, b"", PERPLEXITY).retry_after is None


@pytest.mark.parametrize(("status", "header", "expected"), [
    (400, "true", True),
    (503, "false", False),
    (503, "perhaps", True),
])  # fmt: skip
def test_that_the_servers_own_advice_to_retry_counts(
    status: int, header: str, expected: bool
) -> None:
    assert refused(status, b"", {"X-Should-Retry": header}).retryable is expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_that_R29_a_redirect_names_the_other_host(status: int) -> None:
    failure = refused(status, b"", {"Location": "https://evil.example/v1?q=1"})
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert "evil.example" in failure.detail
    assert failure.remedy is Remedy.CHECK_ADDRESS
    assert not failure.retryable


@pytest.mark.parametrize("location", ["", "/v1", "https://[", "x" * 10_000])
def test_that_R29_a_redirect_to_nowhere_is_harmless(location: str) -> None:
    assert refused(302, b"", {"location": location}).kind is FailureKind.NOT_CONNECTED


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        (error("internal_error", "The run failed."), "answer-failed"),
        (error("request_rate_limit_exceeded"), "rate-limit"),
        (error(code=429), "rate-limit"),
        (error(code="429"), "rate-limit"),
        (error(code=502), "service-down"),
        (error("overloaded_error"), "service-down"),
        (error("insufficient_quota"), "quota"),
        (error(code=402), "quota"),
        (error("invalid_api_key"), "unauthorized"),
        (error(code="context_length_exceeded"), "refused"),
        (error("model_not_found"), "not-found"),
        (error("chat_completions_not_available"), "endpoint-retired"),
        ({"object": "error", "message": "bad", "code": 400}, "refused"),
        ({"error": "Too many requests"}, "rate-limit"),
        ("just text", "answer-failed"),
        ("", "answer-failed"),
        ({}, "answer-failed"),
        (None, "answer-failed"),
    ],
)
def test_that_R11_an_error_inside_an_answer_keeps_its_kind(wire: object, kind: str) -> None:
    assert failure_from_error_object(wire, CUSTOM).kind.value == kind


def test_that_R28_a_page_where_an_answer_should_be_says_that_something_else_answered() -> None:
    assert failure_from_page().title == "Something else answered."
    assert failure_from_error_object("<b>x</b>", CUSTOM).raw == ""


def test_that_text_which_is_no_answer_is_quoted() -> None:
    assert "upstream connect error" in failure_from_text("upstream connect error").detail


@given(JSON)
def test_that_R11_no_error_object_raises(wire: object) -> None:
    failure = failure_from_error_object(wire, CUSTOM)
    (failure.detail + failure.raw).encode("utf-8")


@given(st.integers(100, 599), st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode()))
def test_that_R8_no_body_raises(status: int, body: bytes) -> None:
    failure = failure_from_response(status, {"location": "x"}, body, SONAR, now=NOW)
    (failure.detail + failure.raw).encode("utf-8")


@pytest.mark.parametrize("text", ["model" * 20_000, "invalid " * 10_000, "no " * 30_000])
def test_that_S30_long_messages_are_classified_at_once(text: str) -> None:
    assert failure_from_error_object(error(message=text), CUSTOM).kind is FailureKind.ANSWER_FAILED
