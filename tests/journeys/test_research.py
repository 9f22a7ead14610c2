"""Research of minutes in the window: lost, waited for, read on after another start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel

from headwater.domain.options import AnswerOptions
from tests.fault_server import Exchange, FaultServer, hang_up, running
from tests.journeys.stage import Stage, play
from tests.journeys.test_window import notice
from tests.research_server import TEXT, Research


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--dialect", "agent", "--model", "m")


def ask_in_background(stage: Stage) -> None:
    stage.window.route_bar.options_changed.emit(AnswerOptions(background=True))
    stage.type("Where does the Rhine rise?")


def test_that_research_is_read_on_after_the_program_was_started_anew(
    qapp: QApplication, tmp_path: Path
) -> None:
    research = Research(thinking=0.1, pace=0.1)

    async def leaving(stage: Stage) -> None:
        ask_in_background(stage)
        await stage.until(lambda: stage.conversation.path and "rises" in stage.answer.text, "text")
        stage.window.close()

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        await stage.painted()
        assert stage.answer.status == "incomplete"
        assert "The server may have gone on with it: Continue reads on." in notice(stage)
        stage.press("Continue")
        await stage.settled()
        assert (stage.answer.text, stage.answer.status) == (TEXT, "complete")
        assert not notice(stage)
        assert stage.text.count("The Rhine") == 1
        assert len(stage.conversation.turns) == 2

    with running(research) as server:
        play(qapp, tmp_path, leaving, returning, arguments=at(server))
        assert [request.method for request in server.requests] == ["POST", "GET"]


def test_that_a_lost_run_says_when_it_is_asked_for_again(
    qapp: QApplication, tmp_path: Path
) -> None:
    research = Research(breaks=[9], pace=0.01)
    is_back = False

    async def away(exchange: Exchange) -> None:
        await (research if is_back else hang_up())(exchange)

    async def journey(stage: Stage) -> None:
        nonlocal is_back
        ask_in_background(stage)
        says = [w for w in stage.window.findChildren(QLabel) if w.objectName() == "faint"]
        await stage.until(lambda: any("Again in 4 s" in w.text() for w in says), "the wait")
        assert "Alps" in stage.text
        is_back = True
        await stage.settled()
        assert (stage.answer.text, stage.answer.status) == (TEXT, "complete")

    with running(research, away) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
