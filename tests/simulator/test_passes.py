from __future__ import annotations

from kubectl_routes_simulator.controller import Passes
from tests.simulator.ccm_stage import V0, Stage

PERIOD = 300.0


def begun(stage: Stage, period: float | None = PERIOD) -> Passes:
    """The passes of a CCM that has become the leader at second 0."""
    stage.start()
    return Passes(stage.store, period, stage.ccm, 0.0)


def test_v1_looks_at_once_at_every_table() -> None:
    stage = Stage(V0, "a,b")
    begun(stage)
    assert stage.counts() == 12


def test_v2_sees_nodes_at_once_and_tables_after_a_period() -> None:
    stage = Stage("v2.11.2", "a,nope")
    passes = begun(stage)
    passes.step(PERIOD - 1)
    before = stage.counts()
    passes.step(PERIOD)
    assert (before, stage.counts()) == (0, 6)


def test_node_that_joins_is_seen_without_waiting() -> None:
    stage = Stage("v2.11.2", "a,b")
    passes = begun(stage)
    stage.join(6)
    passes.step(1.0)
    assert stage.counts() == 14


def test_what_has_failed_is_tried_again_after_longer_and_longer() -> None:
    stage = Stage("v2.11.2", "a,nope")
    passes = begun(stage)
    dues = []
    for _ in range(4):
        assert passes.due is not None
        dues.append(passes.due)
        passes.step(passes.due)
    assert dues == [5.0, 15.0, 35.0, 75.0]


def test_nothing_is_due_while_nobody_asked_for_passes() -> None:
    stage = Stage("v2.11.2", "a,b")
    passes = begun(stage, None)
    stage.join(6)
    passes.step(1e9)
    assert (passes.due, stage.counts()) == (None, 12)
