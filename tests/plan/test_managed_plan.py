"""The plan for a managed cluster: a setting of the add-on, and a record of our own.

golden/managed.txt shows each case.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest

from kubectl_routes.model.undo import HISTORY, UNDO
from kubectl_routes.plan.managed_plan import Setting, check_version, plan, plan_back
from tests.plan.world import Object, compare, shown

TABLES = ("vtb-a", "vtb-b")
IMAGE = "ccm:v2.11.2"
FAULTS = ("vtb-a, vtb-b", "vtb-b ,vtb-a", "vtb-a,vtb-b,", "vtb-a,vtb-b,vtb-b", "")
DISABLED = '[{"time": "1", "action": "disabled", "by": "me", "now": "vtb-a"}]'
ROLLED_BACK, ENABLED = (DISABLED.replace("disabled", one) for one in ("rolled back", "enabled"))


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


EARLIER = '{"was": "vtb-z", "now": "vtb-a"}'
# The list that is set, and the record.
ENABLE = {
    "nothing is set": (None, None),
    "a history is kept": ("vtb-y", record("", DISABLED)),
    "the list is right": ("vtb-a,vtb-b", None),
    "the list is right, in another order": ("vtb-b,vtb-a", None),
    **{f"a list with a fault, {tables!r}": (tables, None) for tables in FAULTS},
    "a second enable": ("vtb-a", record(EARLIER)),
    "others have set another list since": ("vtb-y", record(EARLIER)),
}
DISABLE = {
    "an earlier list": ("vtb-a", record('{"was": "vtb-y,vtb-z", "now": "vtb-a"}')),
    "killed before the list was set": (None, record('{"was": null, "now": "vtb-a"}')),
    "no record": ("vtb-a", None),
    "no record, no list": (None, None),
    "what disable has left": ("vtb-a", record("", DISABLED)),
    "a disable whose change of the list was rolled back": ("vtb-b", record("", DISABLED)),
    "what a rollback has left": ("vtb-b", record("", ROLLED_BACK)),
    "enabled, the record cannot be read": ("vtb-a", record("{", ENABLED)),
}


def cases() -> Iterator[tuple[str, str]]:
    for name, (tables, held) in ENABLE.items():
        before = deepcopy(held)
        yield f"enable: {name}", shown(plan(setting(tables), held, TABLES, IMAGE))
        assert held == before
    for name, (tables, held) in DISABLE.items():
        yield f"disable: {name}", shown(plan_back(setting(tables), held, IMAGE))
    for version in ("v2.3.0", "v2.4.0", ""):
        refusal = check_version(setting(None, version))
        yield f"version {version}", shown(refusal) if refusal else "works with a list\n"


def test_the_list_is_set_once_its_record_is_written(request: pytest.FixtureRequest) -> None:
    compare(request, "managed", cases())


def test_a_plan_names_its_tables_and_the_image() -> None:
    made = plan(setting(None), None, TABLES, IMAGE)
    assert (made.tables, made.image) == (TABLES, IMAGE)
    back = plan_back(setting("vtb-a"), record('{"was": "vtb-y,vtb-z", "now": "vtb-a"}'), IMAGE)
    assert (back.tables, back.image) == (("vtb-y", "vtb-z"), IMAGE)
