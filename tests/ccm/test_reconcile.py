"""What the real controllers did: five releases, one API server, the same input.

Every row below was observed by running the released programs against a real API server and a
stand-in for the VPC API: entries written by the event reconcile, and after one periodic reconcile.
"""

from __future__ import annotations

import pytest

from kubectl_routes.analyze.matrix import build
from tests.analyze.cluster import CUSTOM, SPARE, SYSTEM, V0, controller, listing, snapshot, written

VERSIONS = (V0, "v2.4.0", "v2.9.1", "v2.11.2", "v2.14.0")
OBSERVED = {
    "vtb-a,vtb-b": (12, (12, 12), (12, 12), (12, 12), (12, 12)),
    "vtb-a, vtb-b": (12, (6, 6), (6, 6), (0, 6), (0, 6)),
    "  vtb-a,vtb-b  ": (12, (0, 0), (12, 12), (12, 12), (12, 12)),
    "vtb-a,vtb-b,": (12, (12, 12), (12, 12), (0, 12), (0, 12)),
    "vtb-a,vtb-nope": (6, (6, 6), (6, 6), (0, 6), (0, 6)),
    "": (0, (0, 0), (0, 0), (0, 0), (0, 0)),
}
CASES = [
    (ids, version, outcome)
    for ids, outcomes in OBSERVED.items()
    for version, outcome in zip(VERSIONS, outcomes, strict=True)
]


@pytest.mark.parametrize(("ids", "version", "observed"), CASES)
def test_prediction_agrees_with_the_real_controller(
    ids: str, version: str, observed: int | tuple[int, int]
) -> None:
    tables = (SYSTEM, CUSTOM, SPARE)
    read = {table.id: () for table in tables}
    matrix = build(snapshot(controller(version, listing(ids)), tables=tables, entries=read))
    by_event, after_period = written(matrix)
    assert after_period == (observed if isinstance(observed, int) else observed[1])
    assert by_event == (0 if isinstance(observed, int) else observed[0])
