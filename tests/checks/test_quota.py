"""RT401, with as many entries as a quota takes."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.model.finding import Severity
from tests.analyze.cluster import entry, routes, with_cidr
from tests.checks.asking import FULL, event, found, old, running, taken, without


def filled(count: int, less: int = 0) -> dict[str, tuple[object, ...]]:
    """vtb-a with so many entries of another client, and perhaps without one node's own."""
    others = tuple(entry(f"10.200.{number}.0/24", "i-other") for number in range(count))
    whole = without(less, "vtb-a") if less else FULL
    return {**whole, "vtb-a": (*whole["vtb-a"], *others)}


def test_no_room_for_the_routes_that_are_missing() -> None:
    whole = taken(entries=filled(195, less=3))
    (finding,) = found(whole, "RT401")
    assert (finding.cause, finding.explains) == (
        "1 more route exceeds the route entry quota of vtb-a.",
        ("RT301 × 1",),
    )
    assert finding.evidence[0] == "vtb-a holds 200 of 200 custom entries"
    assert "--DesireValue 221" in finding.commands[0]


def test_tables_without_room_for_the_same_reason_are_one_finding() -> None:
    both = filled(195, less=3)
    others = tuple(entry(f"10.201.{number}.0/24", "i-other") for number in range(195))
    full = {**both, "vtb-b": (*without(4, "vtb-b")["vtb-b"], *others)}
    (finding,) = found(taken(entries=full), "RT401")
    assert finding.cause == "2 more routes exceed the route entry quota of vtb-a, vtb-b."
    assert [one.name for one in finding.objects] == ["vtb-a", "vtb-b"]
    assert (finding.explains, finding.nodes) == (("RT301 × 2",), ("n3", "n4"))
    assert finding.evidence[:2] == (
        "vtb-a holds 200 of 200 custom entries",
        "vtb-b holds 200 of 200 custom entries",
    )
    assert "--DesireValue 221" in finding.commands[0]


def test_a_table_that_is_full_has_no_room_for_the_next_node() -> None:
    assert [one.severity for one in found(taken(entries=filled(194)), "RT401")] == [
        Severity.WARNING
    ]
    assert found(taken(entries=filled(193)), "RT401") == []
    # More than the default: the quota was increased, to what is not known.
    assert found(taken(entries=filled(195)), "RT401") == []


def test_a_quota_that_the_api_reported() -> None:
    said = event(
        "Error creating route entry in vtb-a: Route entry quota exceeded in this route table",
        kind="Node",
        name="n3",
        reason="CreateRouteFailed",
    )
    whole = taken(running(events=(said,)), entries=filled(300, less=3))
    (finding,) = found(whole, "RT401")
    assert finding.evidence[0] == "vtb-a holds 305 of ? custom entries"
    assert finding.explains == ("RT301 × 1",)


def test_the_quota_that_is_asked_for_leaves_room_for_a_fifth_more_nodes() -> None:
    nodes = [
        with_cidr(
            6, f"172.16.{number}.0/24", name=f"n{number}", provider_id=f"cn-hangzhou.i-{number}"
        )
        for number in range(129)
    ]
    nodes[0] = replace(nodes[0], labels={"service.alibabacloud.com/exclude-node": ""})
    others = tuple(entry(f"10.200.{number}.0/24", "i-other") for number in range(199))
    whole = taken(nodes=old(*nodes), entries={"vtb-a": (), "vtb-b": others})
    missing = replace(whole, entries={"vtb-a": routes(*nodes), "vtb-b": others})
    (finding,) = found(missing, "RT401")
    assert finding.cause == "127 more routes exceed the route entry quota of vtb-b."
    assert "--DesireValue 351 " in finding.commands[0]
