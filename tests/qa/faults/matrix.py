"""The fault matrix: every request of every command, and everything that may become of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from kubectl_routes_simulator.cluster import Tls
from tests.qa.faults import reading, writing
from tests.qa.faults.breakages import BREAKAGES, Breakage
from tests.qa.faults.places import Place, servers
from tests.qa.faults.stages import COMMANDS, LONG, LONGER, SCENES, SHORT, Run, Stage, requests_of
from tests.qa.faults.truth import standing
from tests.qa.faults.writing import Marks

NOT_REACHED = "not reached"
_BY_NAME = {(one.name, server): one for one in BREAKAGES for server in one.servers}


class Case(Struct, frozen=True):
    """One fault at one request of one command in one scenario; ``times`` None: from then on."""

    scenario: str
    command: str
    place: Place
    breakage: str
    times: int | None

    def __str__(self) -> str:
        often = "once" if self.times else "always"
        where = f"{self.place.server} {self.place.key} #{self.place.occurrence}"
        return f"{self.scenario} {self.command}: {self.breakage} {often} at {where}"


class Result(Struct, frozen=True):
    """What a case came to: how the command ended, and what was wrong with that.

    ``ending`` is an exit code, or NOT_REACHED for a fault that met no request.
    """

    case: Case
    ending: str
    problems: list[str]
    seconds: float


def all_cases() -> list[Case]:
    """Every case, found by running every command. A request of a writing command that another
    scenario has shown already is not broken twice.
    """
    found: list[Case] = []
    seen: set[tuple[str, Place]] = set()
    for scenario, command in SCENES:
        new = [
            one
            for one in cases_of(scenario, command)
            if not COMMANDS[command].writes or (command, one.place) not in seen
        ]
        seen |= {(command, one.place) for one in new}
        found += new
    return found


def cases_of(scenario: str, command: str) -> list[Case]:
    """Every fault at every request of one command in one scenario."""
    return [
        Case(scenario, command, place, one.name, times)
        for place in requests_of(scenario, command)
        for one in BREAKAGES
        if place.server in one.servers
        for times in (1, None)
    ]


def sample(cases: list[Case], size: int, seed: int) -> list[Case]:
    """So many of them, always the same for a seed, in the order of all."""
    chosen = random.Random(seed).sample(range(len(cases)), min(size, len(cases)))
    return [cases[one] for one in sorted(chosen)]


class Bench:
    """Runs cases one after the other; keeps the cluster of the last one while it can be used."""

    def __init__(self, folder: Path, tls: Tls) -> None:
        self._folder = folder
        self._tls = tls
        self._stages: dict[tuple[str, str, bool], tuple[Stage, Run | None]] = {}
        self._marks: dict[str, Marks] = {}

    def close(self) -> None:
        for stage, _ in self._stages.values():
            stage.close()
        self._stages.clear()

    def run(self, cases: list[Case]) -> Iterator[Result]:
        scene = ("", "")
        for case in cases:
            if (case.scenario, case.command) != scene:
                self.close()
                scene = (case.scenario, case.command)
            yield self._run(case)

    def _run(self, case: Case) -> Result:
        breakage = _BY_NAME[case.breakage, case.place.server]
        passes = breakage.passing and case.times == 1
        result = self._try(case, breakage, LONG if passes else SHORT)
        if passes or result.problems or result.ending != NOT_REACHED:
            return result
        return self._try(case, breakage, LONGER)

    def _try(self, case: Case, breakage: Breakage, timeout: int) -> Result:
        stage, clean = self._stage(case, breakage)
        faults = servers(stage.cluster)[case.place.server].faults
        faults.add(breakage.at(case.place, case.times))
        run = stage.run(timeout)
        triggered = stage.triggered()
        touched = stage.has_written()
        stage.forget()
        ending = str(run.answer.code) if triggered else NOT_REACHED
        if clean is not None:
            limit = (LONGER if timeout == LONGER else SHORT) + reading.SLACK
            problems = reading.judge(stage, clean, run, breakage, case.times, limit=limit)
            return Result(case, ending, problems, run.seconds)
        marks = self._marks_of(case.scenario, stage)
        # A write that came too late for its command has been carried out by now.
        touched = touched or standing(stage.cluster) not in (marks.before, marks.after)
        problems = writing.judge(stage, marks, run, breakage, case.times)
        if touched or problems:
            self._drop(case, breakage)
        return Result(case, ending, problems, run.seconds)

    def _stage(self, case: Case, breakage: Breakage) -> tuple[Stage, Run | None]:
        key = (case.scenario, case.command, breakage.tls)
        if key not in self._stages:
            tls = self._tls if breakage.tls else None
            stage = Stage(case.scenario, COMMANDS[case.command], self._folder, tls)
            clean = None if COMMANDS[case.command].writes else stage.run()
            stage.forget()
            self._stages[key] = (stage, clean)
        return self._stages[key]

    def _drop(self, case: Case, breakage: Breakage) -> None:
        stage, _ = self._stages.pop((case.scenario, case.command, breakage.tls))
        stage.close()

    def _marks_of(self, scenario: str, stage: Stage) -> Marks:
        if scenario not in self._marks:
            self._marks[scenario] = writing.marks(scenario, stage, self._folder)
        return self._marks[scenario]
