"""RT901 to RT903: what could not be read."""

from __future__ import annotations

from kubectl_routes.model.snapshot import Gap
from tests.checks.asking import FULL
from tests.checks.asking import codes
from tests.checks.asking import found
from tests.checks.asking import managed
from tests.checks.asking import taken
from tests.checks.asking import told


def test_what_the_answer_depends_on_is_a_warning() -> None:
    gaps = (Gap("cloud-config", "forbidden", "allow it"), Gap("nodes", "403"))
    assert told(taken(gaps=gaps), "RT901") == [
        (
            "warning",
            "Could not read cloud-config, nodes: the answer is incomplete.",
            ["Part cloud-config", "Part nodes"],
        )
    ]
    assert found(taken(gaps=gaps), "RT901")[0].evidence == (
        "cloud-config: forbidden allow it",
        "nodes: 403",
    )


def test_evidence_that_is_missing_is_an_aside() -> None:
    gaps = (Gap("controller-logs", "forbidden"), Gap("events", "forbidden"))
    assert codes(taken(gaps=gaps)) == {"info": ["RT901"]}
    assert told(taken(gaps=gaps), "RT901")[0][1] == (
        "Could not read controller-logs, events: there is less evidence, the answer is whole."
    )


def test_a_part_of_the_vpc() -> None:
    gaps = (Gap("entries/vtb-b", "Forbidden.RAM"), Gap("vswitches", "Forbidden.RAM"))
    whole = taken(entries={"vtb-a": FULL["vtb-a"]}, v_switches=(), gaps=gaps)
    (finding,) = found(whole, "RT902")
    assert finding.cause == "Could not read entries/vtb-b, vswitches: the answer is incomplete."
    assert '"vpc:DescribeRouteEntryList"' in finding.commands[0]
    assert found(whole, "RT901") == []


def test_a_managed_cluster_is_judged_from_outside() -> None:
    assert codes(taken(managed())) == {"info": ["RT903"]}
    assert found(taken(), "RT903") == []
