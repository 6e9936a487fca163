"""What must hold whatever the cluster looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial

import msgspec
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from kubectl_routes.collect.redact_manifest import hides, masked
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import ConfigMapUndo
from kubectl_routes.plan.annotations import record_in
from kubectl_routes.plan.rollback import reverse_change
from kubectl_routes.render import changes, plan as render
from kubectl_routes.render.page import Page
from tests.plan.generated import CANARIES, chosen_tables, clusters
from tests.plan.world import (
    KEY,
    NAME,
    Object,
    carried_out,
    enabled,
    own,
    plan_of,
    pod_of,
    taken_back,
)

many = settings(
    max_examples=3 * settings().max_examples, suppress_health_check=[HealthCheck.filter_too_much]
)


def planned(cluster: Manifests, tables: tuple[str, ...]) -> Plan:
    made = enabled(cluster.workload, cluster.config_map, tables)
    assume(isinstance(made, Plan))
    assert isinstance(made, Plan)
    return made


def dangles(cluster: Manifests) -> bool:
    """Whether CCM mounts a ConfigMap that is not there: the one that enable makes for it stays."""
    volumes = pod_of(cluster.workload).get("volumes", [])
    return cluster.config_map is None and any("configMap" in one for one in volumes)


def ccm_of(workload: Object) -> Object:
    return next(one for one in pod_of(workload)["containers"] if one["name"] == NAME)


@many
@given(clusters, chosen_tables)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    cluster: Manifests, tables: tuple[str, ...]
) -> None:
    made = planned(cluster, tables)
    workload, held = carried_out(made, cluster.workload, cluster.config_map)
    again = plan_of(workload, held, tables)
    assert (again.changes, again.steps, again.now) == ((), (), made.now)


@many
@given(clusters, chosen_tables)
def test_disable_brings_back_what_was_there_to_the_byte(
    cluster: Manifests, tables: tuple[str, ...]
) -> None:
    made = planned(cluster, tables)
    assume(made.changes and not dangles(cluster))
    there = carried_out(made, cluster.workload, cluster.config_map)
    back_again = carried_out(taken_back(*there), *there)
    assert [own(one) for one in back_again] == [own(cluster.workload), own(cluster.config_map)]


@many
@given(clusters, chosen_tables, chosen_tables)
def test_disable_leads_back_behind_two_enables_in_a_row(
    cluster: Manifests, tables: tuple[str, ...], others: tuple[str, ...]
) -> None:
    first = planned(cluster, tables)
    there = carried_out(first, cluster.workload, cluster.config_map)
    there = carried_out(plan_of(*there, others), *there)
    assume(there != (cluster.workload, cluster.config_map) and not dangles(cluster))
    back_again = carried_out(taken_back(*there), *there)
    assert [own(one) for one in back_again] == [own(cluster.workload), own(cluster.config_map)]


@many
@given(clusters, chosen_tables, st.booleans())
def test_a_rollback_brings_back_what_was_there_to_the_byte(
    cluster: Manifests, tables: tuple[str, ...], touched: bool
) -> None:
    for change in planned(cluster, tables).changes:
        now = deepcopy(change.after)
        assert now is not None
        if touched:  # by a client that has changed nothing that matters, as far as can be seen
            now["metadata"].setdefault("annotations", {})["other"] = "theirs"
            (now["data"] if "data" in now else now["spec"])["other"] = "theirs"
        before = deepcopy(now)
        reversal = reverse_change(change, change.after, now)
        assert now == before
        assert reversal.change is not None
        assert reversal.change.before == now
        after = deepcopy(reversal.change.after)
        if touched:
            assert after is not None
            del after["metadata"]["annotations"]["other"]
            del (after["data"] if "data" in after else after["spec"])["other"]
            if change.before is None:
                assert after["data"] == {}
                continue
            expected = deepcopy(change.before)
            if change.kind == "ConfigMap":
                expected.setdefault("data", {})
            assert own(after) == own(expected)
        else:
            assert own(after) == own(change.before)


def key_of(held: Object) -> str:
    record = record_in(held, ConfigMapUndo)
    assert record is not None
    return record.key


def _flag(workload: Object, _: Object) -> None:
    ccm = ccm_of(workload)
    ccm.setdefault("args", []).append("--v=9")


def _volume(workload: Object, _: Object) -> None:
    pod_of(workload).setdefault("volumes", []).append({"name": "mine", "emptyDir": {}})
    ccm_of(workload).setdefault("volumeMounts", []).append({"name": "mine", "mountPath": "/mine"})


def _key(_: Object, held: Object) -> None:
    held["data"]["mine"] = "kept"


def _credential(_: Object, held: Object) -> None:
    key = key_of(held)
    held["data"][key] = held["data"][key].replace(CANARIES[0], "r0tated")


def _member(_: Object, held: Object) -> None:
    key = key_of(held)
    tree = json.loads(held["data"][key])
    name = next(key for key in tree if key.lower() == "global")
    tree[name] = {"mine": "kept", **tree[name]}
    held["data"][key] = json.dumps(tree, indent=1)


EDITS: tuple[Callable[[Object, Object], None], ...] = (_flag, _volume, _key, _credential, _member)


@many
@given(clusters, chosen_tables, st.sampled_from(EDITS))
def test_what_others_change_in_between_survives_disable(
    cluster: Manifests, tables: tuple[str, ...], edit: Callable[[Object, Object], None]
) -> None:
    made = planned(cluster, tables)
    assume(made.change("ConfigMap") is not None and made.workload is not None)
    assume(not dangles(cluster))
    workload, held = carried_out(made, cluster.workload, cluster.config_map)
    assert held is not None
    key = key_of(held)
    edit(workload, held)
    workload, left = carried_out(taken_back(workload, held), workload, held)
    if edit is _flag:
        words = ccm_of(workload)["args"]
        assert words.pop() == "--v=9"
    if edit is _volume:
        assert pod_of(workload)["volumes"].pop() == {"name": "mine", "emptyDir": {}}
        assert ccm_of(workload)["volumeMounts"].pop() == {"name": "mine", "mountPath": "/mine"}
    if edit in (_key, _member):
        assert left is not None
        assert "kept" in str(left["data"])
    if edit is _credential:
        was, now = ((one or {}).get("data", {}).get(key) for one in (cluster.config_map, left))
        assert now is None or CANARIES[0] not in now or now == was
        assert (now is None) == (was is None)
    assert_same_but_for_the_edit(cluster.workload, workload)


def assert_same_but_for_the_edit(before: Object, after: Object) -> None:
    """Lists that the edit had to make first stay, empty."""

    def shape(workload: Object) -> Object:
        kept = deepcopy(workload["spec"])
        pod = kept["template"]["spec"]
        for owner in (pod, *pod["containers"]):
            for name in ("volumes", "volumeMounts", "args"):
                if owner.get(name) == []:
                    del owner[name]
        return dict(kept)

    assert shape(after) == shape(before)


@many
@given(clusters, chosen_tables)
def test_no_credential_is_shown_or_noted_anywhere(
    cluster: Manifests, tables: tuple[str, ...]
) -> None:
    made = enabled(cluster.workload, cluster.config_map, tables)
    told = [repr(made), repr(cluster)]
    if isinstance(made, Refusal):
        assert_clean(told)
        return
    there = carried_out(made, cluster.workload, cluster.config_map)
    for one in (made, taken_back(*there)):
        told += [repr(one), *one.steps, *one.notes, repr(one.changes)]
        mask, hiding = partial(masked, config_key=KEY), partial(hides, config_key=KEY)
        told.append(changes.diff(one, mask))
        told.append(render.document(one, (), mask, render.Target()))
        told.append(changes.manifests(one, mask, hiding))
        told.append(render.plan_page(one, (), mask, Page(), render.Target()))
        for change in one.changes:
            told.append(msgspec.json.encode(change.undo).decode())
            told += ((change.after or {}).get("metadata", {}).get("annotations") or {}).values()
    assert_clean(told)


def assert_clean(told: list[str]) -> None:
    for text in told:
        for canary in CANARIES:
            assert canary not in text
