"""The window of a process of its own: it tells on standard output what can be read in it.

`python -m tests.survival.window_probe ask QUESTION ARGUMENT...` asks, and prints each piece of the
answer when it stands in the window; `... look ARGUMENT...` prints the newest answer that the
history has, and ends.
"""

from __future__ import annotations

import asyncio
import os
import sys

os.environ["QT_API"] = "pyside6"

from headwater import __main__, app
from headwater.adapters.keychain import EnvironmentKeys
from tests.journeys.stage import Stage

_FIRST_WORD = "\nw0"
_EVERY = 0.005  # seconds between two looks at the window


class _ProbedApp(app.App):
    """The program, with what somebody does at it."""

    question = ""

    async def run(self, keys: EnvironmentKeys) -> int:
        probing = asyncio.get_running_loop().create_task(self._probe())
        try:
            return await super().run(keys)
        finally:
            await probing

    async def _probe(self) -> None:
        while self.conductor is None:
            await asyncio.sleep(0.005)
        stage = Stage(self, self.window, self._folders.data)
        if self.question:
            stage.type(self.question)
            while True:  # until it is killed
                self._tell(stage)
                await asyncio.sleep(_EVERY)
        history = stage.conductor._parts.history
        await stage.until(lambda: history.summaries, "a conversation")
        stage.window.history_dock.chosen.emit(history.summaries[0].id)
        await stage.until(lambda: stage.conversation.id == history.summaries[0].id, "it")
        await stage.painted()
        print(_answer_in(stage.text), flush=True)
        self.quit()

    _told = 0

    def _tell(self, stage: Stage) -> None:
        text = _answer_in(stage.text)
        os.write(1, text[self._told :].encode())
        self._told = len(text)


def _answer_in(text: str) -> str:
    """Return the answer, which begins with its first word and has no line end."""
    begins = text.find(_FIRST_WORD)
    return text[begins + 1 :].partition("\n")[0] if begins >= 0 else ""


if __name__ == "__main__":
    _ProbedApp.question = sys.argv[2] if sys.argv[1] == "ask" else ""
    app.App = _ProbedApp  # type: ignore[misc]
    sys.exit(__main__.main(sys.argv[3:] if sys.argv[1] == "ask" else sys.argv[2:]))
