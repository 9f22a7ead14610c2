"""What goes along with a question that is not sent yet: kept bytes, or a file read when it is."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.domain.attachment import Attachment

_LONGEST_EXCERPT = 32
_ENOUGH = 4096  # bytes; to look through four megabytes takes longer than a frame


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One of the two: an `attachment`, or the absolute `path` of a file not opened so far."""

    attachment: Attachment | None = None
    path: str = ""

    @property
    def words(self) -> str:
        """What its chip says."""
        if self.attachment is None:
            return self.path.replace("\\", "/").rpartition("/")[2] or self.path
        if self.attachment.is_text:
            excerpt = " ".join(self.attachment.data[:_ENOUGH].decode("utf-8-sig", "ignore").split())
            if len(excerpt) > _LONGEST_EXCERPT:
                excerpt = excerpt[: _LONGEST_EXCERPT - 1].rstrip() + "…"
            return f"{self.attachment.name}: {excerpt}"
        return self.attachment.name


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could go along, such as the clipboard; not even read unless it is taken."""

    name: str
    is_text: bool
    is_selection: bool = False

    @property
    def words(self) -> str:
        """What its chip says; never what is in it, since that may be a password."""
        return f"{self.name}: {'text' if self.is_text else 'picture'}"
