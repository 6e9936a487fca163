"""The plan for a managed cluster: a setting of the add-on, and a record of our own."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from kubectl_routes.model.plan import Change, Plan, Refusal
from kubectl_routes.model.undo import HISTORY, UNDO
from kubectl_routes.plan.managed_plan import Setting, check_version, plan, plan_back
from tests.plan.world import Object

TABLES = ("vtb-a", "vtb-b")
IMAGE = "ccm:v2.11.2"
KEEP = "ConfigMap kube-system/kubectl-routes: save undo record"
ADDON = "add-on cloud-controller-manager of c-1"
RESTART = "ACK restarts CCM in its control plane"


def setting(tables: str | None, version: str = "v2.11.2") -> Setting:
    return Setting("c-1", "cloud-controller-manager", version, "RouteTableIDS", tables)


def record(undo: str, history: str = "[]") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kubectl-routes",
            "namespace": "kube-system",
            "annotations": {UNDO: undo, HISTORY: history},
        },
    }


def addon(tables: str | None) -> Object:
    return {
        "kind": "Addon",
        "metadata": {"name": "cloud-controller-manager", "cluster": "c-1"},
        "config": {} if tables is None else {"RouteTableIDS": tables},
    }


def kept(made: Plan) -> Object:
    after = made.changes[0].after
    assert after is not None
    return dict(json.loads(after["metadata"]["annotations"][UNDO]))


def test_the_record_is_written_before_the_list() -> None:
    made = plan(setting(None), None, TABLES, IMAGE)
    fresh = record('{"was":null,"now":"vtb-a,vtb-b"}')
    del fresh["metadata"]["annotations"][HISTORY]
    assert made == Plan(
        TABLES,
        (
            Change("ConfigMap", "kube-system", "kubectl-routes", None, fresh),
            Change("Addon", "c-1", "cloud-controller-manager", addon(None), addon("vtb-a,vtb-b")),
        ),
        (KEEP, f"{ADDON}: RouteTableIDS 'vtb-a,vtb-b'", RESTART),
        None,
        "vtb-a,vtb-b",
        IMAGE,
    )


def test_a_record_that_is_there_keeps_what_else_it_holds() -> None:
    before = record("", '[{"time": "1", "action": "disabled", "by": "me"}]')
    made = plan(setting("vtb-y"), before, TABLES, IMAGE)
    after = deepcopy(before)
    after["metadata"]["annotations"][UNDO] = '{"was":"vtb-y","now":"vtb-a,vtb-b"}'
    assert made.changes[0] == Change("ConfigMap", "kube-system", "kubectl-routes", before, after)
    assert (made.tables, made.was, made.now) == (TABLES, "vtb-y", "vtb-a,vtb-b")


@pytest.mark.parametrize("tables", ["vtb-a,vtb-b", "vtb-b,vtb-a"])
def test_a_list_that_is_right_is_left_alone(tables: str) -> None:
    made = plan(setting(tables), None, TABLES, IMAGE)
    assert made == Plan(TABLES, (), (), tables, tables, IMAGE)


@pytest.mark.parametrize(
    "tables", ["vtb-a, vtb-b", "vtb-b ,vtb-a", "vtb-a,vtb-b,", "vtb-a,vtb-b,vtb-b", ""]
)
def test_a_list_with_a_fault_is_written_anew(tables: str) -> None:
    made = plan(setting(tables), None, TABLES, IMAGE)
    assert kept(made) == {"was": tables, "now": "vtb-a,vtb-b"}
    assert made.steps[1] == f"{ADDON}: RouteTableIDS {tables!r} -> 'vtb-a,vtb-b'"


def test_a_second_enable_leads_back_behind_the_first_unless_somebody_came_between() -> None:
    before = record('{"was": "vtb-z", "now": "vtb-a"}')
    untouched = deepcopy(before)
    assert kept(plan(setting("vtb-a"), before, TABLES, IMAGE))["was"] == "vtb-z"
    assert kept(plan(setting("vtb-y"), before, TABLES, IMAGE))["was"] == "vtb-y"
    assert before == untouched


def test_disable_brings_back_the_list_and_uses_the_record_up() -> None:
    before = record('{"was": "vtb-y,vtb-z", "now": "vtb-a"}')
    made = plan_back(setting("vtb-a"), before, IMAGE)
    used_up = deepcopy(before)
    del used_up["metadata"]["annotations"][UNDO]
    assert made == Plan(
        ("vtb-y", "vtb-z"),
        (
            Change(
                "Addon", "c-1", "cloud-controller-manager", addon("vtb-a"), addon("vtb-y,vtb-z")
            ),
            Change("ConfigMap", "kube-system", "kubectl-routes", before, used_up),
        ),
        (
            f"{ADDON}: RouteTableIDS 'vtb-a' -> 'vtb-y,vtb-z'",
            RESTART,
            "ConfigMap kube-system/kubectl-routes: delete undo record",
        ),
        "vtb-a",
        "vtb-y,vtb-z",
        IMAGE,
    )


def test_disable_after_an_enable_that_was_killed_only_uses_the_record_up() -> None:
    made = plan_back(setting(None), record('{"was": null, "now": "vtb-a"}'), IMAGE)
    assert [change.kind for change in made.changes] == ["ConfigMap"]
    assert made.steps == ("ConfigMap kube-system/kubectl-routes: delete undo record",)


def test_without_a_record_the_list_goes_away() -> None:
    made = plan_back(setting("vtb-a"), None, IMAGE)
    assert made.changes == (
        Change("Addon", "c-1", "cloud-controller-manager", addon("vtb-a"), addon(None)),
    )
    assert made.steps == (f"{ADDON}: RouteTableIDS 'vtb-a' -> no list", RESTART)
    assert plan_back(setting(None), None, IMAGE).changes == ()


def test_what_disable_has_left_is_not_taken_away_too() -> None:
    history = '[{"time": "1", "action": "disabled", "by": "me", "now": "vtb-a"}]'
    assert plan_back(setting("vtb-a"), record("", history), IMAGE).changes == ()
    # A disable that has used up the record, and whose change of the list was rolled back.
    changed = plan_back(setting("vtb-b"), record("", history), IMAGE)
    assert (changed.was, changed.now) == ("vtb-b", "vtb-a")
    taken_back = history.replace("disabled", "rolled back")
    nothing = Plan((), (), (), "vtb-b", "vtb-b", IMAGE)
    assert plan_back(setting("vtb-b"), record("", taken_back), IMAGE) == nothing
    history = history.replace("disabled", "enabled")
    assert plan_back(setting("vtb-a"), record("{", history), IMAGE).changes != ()


@pytest.mark.parametrize(("version", "fits"), [("v2.3.0", False), ("v2.4.0", True), ("", True)])
def test_the_release_must_work_with_a_list(version: str, fits: bool) -> None:
    too_old = Refusal(
        "RT113",
        "CCM v2.3.0 of the managed control plane is older than v2.4.0",
        "update the add-on Cloud Controller Manager in the ACK console",
    )
    assert check_version(setting(None, version)) == (None if fits else too_old)
