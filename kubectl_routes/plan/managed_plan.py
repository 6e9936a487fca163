"""The plan for a managed cluster: the list is a setting of CCM's add-on, and the record of how to
undo it is a ConfigMap of our own, because the add-on has no place for one.
"""

from __future__ import annotations

from copy import deepcopy

from msgspec import Struct

from kubectl_routes.ccm.version import Version, parse_tag
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Object, Plan, Refusal
from kubectl_routes.model.undo import RECORD, UNDO, ValueChange
from kubectl_routes.plan.annotations import encoded, record_in, set_annotation
from kubectl_routes.plan.config_map import is_exactly
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.refusal import refusal

ADDON = "Addon"
NAMESPACE = "kube-system"

# https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/configure-multiple-route-tables-for-a-vpc
FIRST = Version(2, 4, 0)


class Setting(Struct, frozen=True):
    """The add-on as far as a plan goes: its cluster, its release, the property that holds the list
    as its schema spells it, and the list itself, None when it has none.
    """

    cluster_id: str
    addon: str
    version: str
    property: str
    tables: str | None


def check_version(setting: Setting) -> Refusal | None:
    """Why this CCM cannot work with a list; a version that names no release is taken for new."""
    version = parse_tag(setting.version)
    if version is None or version >= FIRST:
        return None
    return refusal(
        "RT113",
        "CCM {version} of the managed control plane is older than v2.4.0",
        "update the add-on Cloud Controller Manager in the ACK console",
        version=setting.version,
    )


def plan(setting: Setting, record: Object | None, tables: tuple[str, ...], image: str) -> Plan:
    """What to write so that CCM works with ``tables``; ``record`` is our ConfigMap as it is."""
    joined = ",".join(tables)
    if is_exactly(tuple((setting.tables or "").split(",")), tables):
        return Plan(tables, (), (), setting.tables, setting.tables, image)
    first = record_in(record, ValueChange)
    undone = first.was if first and first.now == setting.tables else setting.tables
    after = deepcopy(record) or _fresh_record()
    set_annotation(after, UNDO, encoded(ValueChange(undone, joined)))
    saving = message(
        "ConfigMap {namespace}/{record}: save undo record", namespace=NAMESPACE, record=RECORD
    )
    return Plan(
        tables=tables,
        changes=(
            Change("ConfigMap", NAMESPACE, RECORD, record, after),
            _change(setting, joined),
        ),
        steps=(saving, *_steps(setting, joined)),
        was=setting.tables,
        now=joined,
        image=image,
    )


def plan_back(setting: Setting, record: Object | None, image: str) -> Plan:
    """What to write so that the list is what it was; without a record, so that there is none, or as
    the last ``disable`` wanted it: it may have used up the record and changed nothing else.
    """
    undo, entries = record_in(record, ValueChange), history_of(record)
    last = entries[-1] if entries else None
    if undo is None and last is not None and last.action not in ("enabled", "disabled"):
        return Plan((), (), (), setting.tables, setting.tables, image)
    was = undo.was if undo else last.now if last and last.action == "disabled" else None
    changes: list[Change] = []
    steps: list[str] = []
    if setting.tables != was:
        changes.append(_change(setting, was))
        steps += _steps(setting, was)
    if record is not None and undo is not None:
        after = deepcopy(record)
        set_annotation(after, UNDO, None)
        changes.append(Change("ConfigMap", NAMESPACE, RECORD, record, after))
        steps.append(
            message(
                "ConfigMap {namespace}/{record}: delete undo record",
                namespace=NAMESPACE,
                record=RECORD,
            )
        )
    tables = tuple(was.split(",")) if was else ()
    return Plan(tables, tuple(changes), tuple(steps), setting.tables, was, image)


def _fresh_record() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": RECORD, "namespace": NAMESPACE},
    }


def _change(setting: Setting, tables: str | None) -> Change:
    """The change of the add-on, as far as it is ours to see: its other settings are left alone."""
    before, after = (_shown(setting, shown) for shown in (setting.tables, tables))
    return Change(ADDON, setting.cluster_id, setting.addon, before, after)


def _shown(setting: Setting, tables: str | None) -> Object:
    return {
        "kind": ADDON,
        "metadata": {"name": setting.addon, "cluster": setting.cluster_id},
        "config": {} if tables is None else {setting.property: tables},
    }


def _steps(setting: Setting, tables: str | None) -> tuple[str, ...]:
    was = "" if setting.tables is None else f"{setting.tables!r} -> "
    now = message("no list") if tables is None else repr(tables)
    return (
        message(
            "add-on {addon} of {cluster_id}: {property} {was}{now}",
            addon=setting.addon,
            cluster_id=setting.cluster_id,
            property=setting.property,
            was=was,
            now=now,
        ),
        message("ACK restarts CCM in its control plane"),
    )
