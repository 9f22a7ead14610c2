"""What was asked, of whom and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from headwater.domain.attachment import Attachment
from headwater.domain.options import AnswerOptions


@dataclass(frozen=True, slots=True)
class Question:
    """One question with everything needed to ask it again.

    `provider_id`, `base_url`, `dialect` and `model` say where it went; `continues` is the kept
    text that a continued answer starts with. `asked_at` is aware and in UTC. `text` may be empty
    where there are `attachments`.
    """

    text: str
    provider_id: str = ""
    dialect: str = ""
    base_url: str = ""
    model: str = ""
    options: AnswerOptions = field(default_factory=AnswerOptions)
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    continues: str = ""
    attachments: tuple[Attachment, ...] = ()
