"""The answer service for a window that opens: its code is loaded with the first question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from headwater.domain.api_key import ApiKey
from headwater.domain.events import AnswerEvent
from headwater.domain.failure import Failure
from headwater.domain.provider import Provider
from headwater.protocol.dialect import AnswerRequest

if TYPE_CHECKING:
    from headwater.adapters.answer_service import HttpAnswerService
    from headwater.adapters.http import HttpClients


class LateAnswerService:
    """Makes the real service when it is first needed, and hands everything on to it."""

    def __init__(self, make_clients: Callable[[], HttpClients]) -> None:
        """Take what makes the clients by which every request goes."""
        self._make_clients = make_clients
        self._made: HttpAnswerService | None = None

    @property
    def service(self) -> HttpAnswerService:
        """The real service."""
        if self._made is None:
            from headwater.adapters.answer_service import HttpAnswerService

            self._made = HttpAnswerService(clients=self._make_clients())
        return self._made

    def preload(self) -> None:
        """Load what the first question would otherwise wait for; may run in any thread."""
        self.service.preload()

    async def stream(
        self, request: AnswerRequest, key: ApiKey | None
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield what the service yields."""
        async with aclosing(self.service.stream(request, key)) as batches:
            async for batch in batches:
                yield batch

    async def end_run(self, provider: Provider, response_id: str, key: ApiKey | None) -> None:
        """End a background run at the server."""
        await self.service.end_run(provider, response_id, key)

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        """Return the models that the server lists, or why it does not."""
        return await self.service.models(provider, key)
