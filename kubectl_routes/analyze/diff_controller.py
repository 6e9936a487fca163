"""What differs between two Snapshots in CCM, in the cluster itself, and in what diagnose finds."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kubectl_routes.analyze.judged import (
    DESCRIPTION,
    Fields,
    Judged,
    change_type,
    changed_fields,
    changed_objects,
    yes,
)
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.diff import Change, DiffPart
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.snapshot import PART_CLOUD_CONFIG, PART_CONTROLLER, PART_PODS

# What a finding of these is about is the reading, not the cluster: NotCompared says it.
_READING = "tool"
# What says which cluster it is, or how that was found out, and not what it is like.
_IDENTITY = ("context", "server", "clusterId", "vpcEvidence")


def cluster_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What the cluster says about itself; empty text is not known."""
    a, b = (
        {
            name: value or None
            for name, value in msgspec.to_builtins(one.examined.snapshot.cluster).items()
            if name not in _IDENTITY
        }
        for one in (old, new)
    )
    yield from changed_fields(DiffPart.CLUSTER, "Cluster", a, b)


def controller_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """CCM's workload, release, flags, list and pods."""
    sides = (old, new)
    a, b = (one.examined.snapshot.controller for one in sides)
    unread = not all(one.read(PART_CONTROLLER) for one in sides)
    if unread or ControllerKind.UNKNOWN in (a.kind, b.kind):
        return
    part = DiffPart.CONTROLLER
    yield from changed_fields(part, "Controller", _controller(old), _controller(new))
    if not (a.visible and b.visible):
        return
    yield from changed_fields(part, "Controller", *_versions(old, new))
    if all(one.examined.ccm.settings.complete for one in sides):
        yield from changed_fields(part, "Controller", _flags(old), _flags(new), absent="")
    if all(one.read(PART_PODS) for one in sides):
        yield from changed_objects(part, "Pod", _pods(old), _pods(new))


def _flags(one: Judged) -> Fields:
    settings = one.examined.ccm.settings
    unknown = {f"--{name}": None for name in settings.unknown}
    return unknown | {f"--{name}": value for name, value in settings.values.items()}


def _controller(one: Judged) -> Fields:
    """The workload and its list; without what only a CCM that is visible shows."""
    ccm, controller = one.examined.ccm, one.examined.snapshot.controller
    mode = None if ccm.mode is Mode.UNKNOWN else ccm.mode.value
    fields: Fields = {"kind": controller.kind.value, "mode": mode}
    if not controller.visible:
        return fields
    fields |= {
        "name": f"{controller.namespace}/{controller.name}",
        "version": None if ccm.version is None else str(ccm.version),
        "image": controller.image,
        "ready": f"{controller.ready}/{controller.desired}",
        "others": ", ".join(controller.others),
    }
    if one.read(PART_CLOUD_CONFIG) and ccm.config is not ConfigState.UNREADABLE:
        fields |= {"routeTableIDs": ccm.listed, "cloudConfig": ccm.config.value}
    return fields


def _versions(old: Judged, new: Judged) -> tuple[Fields, Fields]:
    """The versions of the object that holds cloud-config, where the list is the same in both and
    another setting is not.
    """
    was, now = old.examined.ccm, new.examined.ccm
    a, b = (one.examined.snapshot.controller.cloud_config for one in (old, new))
    if a is None or b is None or None in (a.text, b.text) or a.text == b.text:
        return {}, {}
    if (was.listed, was.config) != (now.listed, now.config):
        return {}, {}
    name = "cloudConfig.resourceVersion"
    return {name: a.resource_version}, {name: b.resource_version}


def _pods(one: Judged) -> dict[str, Fields]:
    return {
        pod.name: {
            DESCRIPTION: pod.node,
            "phase": pod.phase,
            "ready": yes(pod.ready),
            "waiting": pod.waiting,
            "restarts": str(pod.restarts),
        }
        for pod in one.examined.snapshot.controller.pods
    }


def finding_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What diagnose finds on one side only, object by object, or with another severity. Where a
    check could not run, it is not known that there was nothing to find.
    """
    before, after = _findings(old), _findings(new)
    undecided_before, undecided_after = undecided(old), undecided(new)
    for code, kind, name in {**after, **before}:
        was, now = (side.get((code, kind, name), "") for side in (before, after))
        known = (was or code not in undecided_before) and (now or code not in undecided_after)
        if was != now and known:
            yield Change(DiffPart.FINDINGS, change_type(was, now), kind, name, code, was, now)


def _findings(one: Judged) -> dict[tuple[str, str, str], str]:
    """The severity by code and object."""
    return {
        (finding.code, kind, name): finding.severity.value
        for finding in one.diagnosis.findings
        if all_codes()[finding.code].theme != _READING
        for kind, name in [(ref.kind, ref.name) for ref in finding.objects] or [("Cluster", "")]
    }


def undecided(one: Judged) -> dict[str, tuple[str, ...]]:
    """The codes of the checks that could not run, and the parts that they lack."""
    results = one.diagnosis.results
    return {each.code: each.lacking for each in results if each.outcome is Outcome.UNKNOWN}
