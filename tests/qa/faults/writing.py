"""Whether a command that writes leaves a cluster that enable can finish and disable can undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.cli.asking import Answer, ask
from tests.qa.faults.breakages import Breakage
from tests.qa.faults.reading import manners
from tests.qa.faults.stages import ENABLE, Run, Stage
from tests.qa.faults.truth import effect, routed, shows_secret, standing, strangers

# Seconds: reading, rehearsing, writing, waiting and proving, each with its own deadline, and all
# of it once more for undoing it, which gets half a minute at least.
MOST = 60.0
PATIENT = ("--timeout", "20s")
DISABLE = ("disable", "--yes")


class Marks(Struct):
    """How a cluster stands before a command, after it, and after it was undone; and from which
    other standings both ways were gone. ``strangers`` is what must never change.
    """

    before: str
    after: str
    back: str
    strangers: str
    verified: set[str]


def marks(scenario: str, stage: Stage, folder: Path) -> Marks:
    """What a clean run of ``enable`` and ``disable`` makes of that stage's kind of cluster."""
    from tests.qa.faults.stages import COMMANDS  # noqa: PLC0415 - to begin again

    fresh = Stage(scenario, COMMANDS["enable"], folder, None)
    try:
        before, others = standing(fresh.cluster), strangers(fresh.cluster)
        done = fresh.run()
        assert done.answer.code == 0, done.answer
        after = standing(fresh.cluster)
        returned = ask(fresh.cluster, *DISABLE)
        assert returned.code == 0, returned
        back = standing(fresh.cluster)
    finally:
        fresh.close()
    return Marks(before, after, back, others, set())


def judge(stage: Stage, found: Marks, run: Run, breakage: Breakage, times: int | None) -> list[str]:
    """What is wrong with ``run``; empty when nothing is. Leaves the cluster changed.

    A server that says again and again that an object does not exist is believed.
    """
    enabling = stage.command.name == "enable"
    wanted = (found.after,) if enabling else (found.before, found.back)
    origin = (found.before, found.back) if enabling else (found.after,)
    now = standing(stage.cluster)
    problems = list(manners(run, (0, 2, 3, 4, 5), MOST))
    if not (breakage.believed and times is None):
        problems += _claims(run.answer, now, wanted, origin)
    if times == 1 and breakage.passing and run.answer.code != 0:
        problems.append(f"did not get over a passing fault: {run.answer.told[-2:]}")
    if run.answer.code == 0 and enabling and not all(routed(stage.cluster).values()):
        problems.append("enabled is claimed, and routes are missing")
    if now not in (*origin, *wanted) or run.answer.code == 0:
        problems += _ways(stage, found, now)
    return [*problems, *_untouched(stage, found)]


def _claims(
    answer: Answer, now: str, wanted: tuple[str, ...], origin: tuple[str, ...]
) -> Iterator[str]:
    """Where what the command says of the end is not so."""
    if answer.code == 0 and effect(now) not in {effect(one) for one in wanted}:
        yield "done is claimed, and the cluster is not as after a clean run"
    if answer.code == 5 and now not in origin and "left as it is:" not in answer.stderr:
        yield "rolled back is claimed, and the cluster is not as before"
    if "nothing was changed" in answer.stderr and now not in origin:
        yield "nothing changed is claimed, and something has"
    if (
        answer.code in (2, 3, 4)
        and now not in origin
        and "kubectl routes disable" not in (answer.stderr)
        and "in time" not in answer.stderr
    ):
        yield "something was changed, and nothing says how to undo it"


def _ways(stage: Stage, found: Marks, now: str) -> Iterator[str]:
    """Go on from here and back, or straight back at the second time of the same standing."""
    if f"back {now}" in found.verified:
        return
    if f"on {now}" not in found.verified:
        found.verified.add(f"on {now}")
        on = ask(stage.cluster, *ENABLE, *PATIENT)
        if on.code != 0 or effect(standing(stage.cluster)) != effect(found.after):
            yield f"enable does not finish it: {on.code} {on.told[-3:]}"
        elif not all(routed(stage.cluster).values()):
            yield "enabled again, and routes are missing"
    else:
        found.verified.add(f"back {now}")
    if now in (found.before, found.back) and standing(stage.cluster) == now:
        return
    back = ask(stage.cluster, *DISABLE, *PATIENT)
    if back.code != 0:
        yield f"disable does not undo it: {back.code} {back.told[-3:]}"
    elif effect(standing(stage.cluster)) not in {effect(found.before), effect(found.back)}:
        yield f"disable has not brought back what was there: {standing(stage.cluster)}"


def _untouched(stage: Stage, found: Marks) -> Iterator[str]:
    if strangers(stage.cluster) != found.strangers:
        yield "an object that is none of our business has changed"
    if shows_secret(stage.cluster):
        yield "a credential was copied somewhere"
    kept = standing(stage.cluster)
    if found.before.count(CANARY_SECRET) > kept.count(CANARY_SECRET):
        yield "a credential is lost"
