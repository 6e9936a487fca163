"""What an operator should know before multi-table mode goes off."""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.model.controller import Controller, ControllerPod
from kubectl_routes.model.plan import Manifests
from kubectl_routes.model.snapshot import PART_TABLES, Gap
from kubectl_routes.plan.disable_impact import has_read, impact, remaining_entries
from tests.analyze.cluster import SIX, SYSTEM, config, controller, routes, snapshot
from tests.plan.world import V2, Object, carried_out, config_map, plan_of, read, taken_back, wired


def notes_after(text: str, entries: object) -> tuple[str, ...]:
    workload, held = wired(image=V2), config_map(text)
    there: tuple[Object, Object | None] = carried_out(plan_of(workload, held), workload, held)
    now = snapshot(read(Manifests(*there)), entries=entries)
    return impact(now, taken_back(*there), there[1])[1]


def test_entries_of_the_tables_that_leave_the_list_are_told() -> None:
    entries = {"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)}
    assert notes_after('{"Global": {"routeTableIDs": "vtb-a"}}', entries) == (
        "vtb-b keeps its 6 entries of this cluster, which CCM no longer manages:"
        " 172.16.1.0/24 to i-1, 172.16.2.0/24 to i-2, 172.16.3.0/24 to i-3 and 3 more;"
        " kubectl routes status --tables=vtb-b lists them all",
    )


def test_few_entries_are_told_all_and_an_empty_table_is_not_told() -> None:
    few = {"vtb-a": (), "vtb-b": routes(*SIX[:2])}
    assert notes_after('{"Global": {"routeTableIDs": "vtb-a"}}', few) == (
        "vtb-b keeps its 2 entries of this cluster, which CCM no longer manages:"
        " 172.16.1.0/24 to i-1, 172.16.2.0/24 to i-2; kubectl routes status --tables=vtb-b lists"
        " them all",
    )


def test_without_the_tables_the_impact_is_not_known() -> None:
    workload, held = wired(image=V2), config_map('{"Global": {}}')
    now = snapshot(read(Manifests(workload, held)), entries={}, tables=())
    unread = structs.replace(now, gaps=(Gap(PART_TABLES, "denied", ""),))
    assert remaining_entries(unread, plan_of(workload, held), frozenset()) == (
        "the route tables could not be read: which routes CCM will no longer manage is not known",
    )


@pytest.mark.parametrize(("nodes", "more"), [(3, ""), (4, " and 1 more")])
def test_three_entries_are_told_and_how_many_there_are_besides(nodes: int, more: str) -> None:
    entries = {"vtb-a": (), "vtb-b": routes(*SIX[:nodes])}
    told = notes_after('{"Global": {"routeTableIDs": "vtb-a"}}', entries)
    assert [note.partition("i-3")[2].partition(";")[0] for note in told] == [more]


def test_a_ccm_that_will_write_no_route_any_more_is_told() -> None:
    assert notes_after('{"Global": {}}', {"vtb-a": (), "vtb-b": ()}) == (
        "RT101: after this CCM writes no route at all: the VPC has 2 route tables and"
        " routeTableIDs is not set",
    )


def test_the_only_table_of_a_vpc_goes_on_being_served() -> None:
    entries = {"vtb-a": routes(*SIX), "vtb-b": ()}
    workload, held = wired(image=V2), config_map('{"Global": {}}')
    there: tuple[Object, Object | None] = carried_out(
        plan_of(workload, held, ("vtb-a",)), workload, held
    )
    now = snapshot(read(Manifests(*there)), entries=entries, tables=(SYSTEM,))
    assert impact(now, taken_back(*there), there[1]) == ("", ())
    assert remaining_entries(now, taken_back(*there), frozenset()) == ()


def reading(changed: str, *started: str) -> Controller:
    pods = tuple(ControllerPod(name=f"p{n}", started=one) for n, one in enumerate(started))
    ccm = controller("v2.11.2", "{}", pods=pods)
    return structs.replace(ccm, cloud_config=config("{}", changed=changed))


def test_a_pod_that_started_after_the_last_write_has_read_it() -> None:
    eight, nine = "2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"
    assert not has_read(reading(nine, eight))
    assert has_read(reading(eight, nine))
    assert has_read(reading(nine, eight, nine))
    assert has_read(reading("", nine))
    assert has_read(reading(nine, ""))
    assert not has_read(reading(eight))
    assert not has_read(structs.replace(reading(eight, nine), cloud_config=None))


def test_what_ccm_exits_on_afterwards_is_told() -> None:
    workload = wired(image=V2, command=["/ccm", "--cluster-cidr=172.16.0.0/16"], volumeMounts=[])
    there = carried_out(plan_of(workload, None), workload, None)
    now = snapshot(read(Manifests(*there)))
    back = taken_back(*there)
    stalled, _ = impact(now, back, there[1])
    assert stalled == "--cloud-config is not given, and this CCM exits without it"
    held = config_map("{}")
    there = carried_out(plan_of(wired(), held), wired(), held)
    assert not impact(snapshot(read(Manifests(*there))), taken_back(*there), there[1])[0]
