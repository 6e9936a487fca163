"""What differs between two Snapshots in CCM, in the cluster itself, and in what diagnose finds."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_routes.analyze.judged import Judged, added_and_removed, changed_fields
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.controller import ControllerKind, ControllerPod
from kubectl_routes.model.diff import Change, ChangeType, DiffPart
from kubectl_routes.model.finding import Outcome, Severity
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.snapshot import PART_CLOUD_CONFIG, PART_CONTROLLER, PART_PODS

_Fields = list[tuple[str, str | None, str | None]]
# What a finding of these is about is the reading, not the cluster: NotCompared says it.
_READING = "tool"


def cluster_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What the cluster says about itself; empty text is not known."""
    a, b = (one.examined.snapshot.cluster for one in (old, new))
    fields: _Fields = [
        ("vpcId", a.vpc_id, b.vpc_id),
        ("region", a.region, b.region),
        ("serverVersion", a.server_version, b.server_version),
        ("clusterCidr", a.cluster_cidr, b.cluster_cidr),
        ("networkCidr", a.network_cidr, b.network_cidr),
        ("serviceCidr", a.service_cidr, b.service_cidr),
        ("cni", a.cni, b.cni),
        ("cniMode", a.cni_mode, b.cni_mode),
        ("flannelBackend", a.flannel_backend, b.flannel_backend),
    ]
    known = ((name, before or None, after or None) for name, before, after in fields)
    yield from changed_fields(DiffPart.CLUSTER, "Cluster", "", known)


def controller_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """CCM's workload, release, flags, list and pods."""
    a, b = (one.examined.snapshot.controller for one in (old, new))
    if not (old.read(PART_CONTROLLER) and new.read(PART_CONTROLLER)):
        return
    if ControllerKind.UNKNOWN in (a.kind, b.kind):
        return
    fields: _Fields = [("kind", a.kind.value, b.kind.value), ("mode", _mode(old), _mode(new))]
    if a.visible and b.visible:
        fields += [
            ("name", f"{a.namespace}/{a.name}", f"{b.namespace}/{b.name}"),
            ("version", _version(old), _version(new)),
            ("image", a.image, b.image),
            *_configuration(old, new),
            ("ready", f"{a.ready}/{a.desired}", f"{b.ready}/{b.desired}"),
            ("others", ", ".join(a.others), ", ".join(b.others)),
            *_flags(old, new),
        ]
    yield from changed_fields(DiffPart.CONTROLLER, "Controller", "", fields)
    if a.visible and b.visible and old.read(PART_PODS) and new.read(PART_PODS):
        yield from _pods(a.pods, b.pods)


def _mode(one: Judged) -> str | None:
    mode = one.examined.ccm.mode
    return None if mode is Mode.UNKNOWN else mode.value


def _version(one: Judged) -> str | None:
    version = one.examined.ccm.version
    return None if version is None else str(version)


def _configuration(old: Judged, new: Judged) -> _Fields:
    """The list, and whether the rest of cloud-config is as it was; nothing where it is unread."""
    ccms = [one.examined.ccm for one in (old, new)]
    unread = not (old.read(PART_CLOUD_CONFIG) and new.read(PART_CLOUD_CONFIG))
    if unread or any(ccm.config is ConfigState.UNREADABLE for ccm in ccms):
        return []
    configs = [one.examined.snapshot.controller.cloud_config for one in (old, new)]
    fields: _Fields = [
        ("routeTableIDs", ccms[0].listed, ccms[1].listed),
        ("cloudConfig", ccms[0].config.value, ccms[1].config.value),
    ]
    texts = [config.text if config is not None else None for config in configs]
    same_list = ccms[0].listed == ccms[1].listed and ccms[0].config is ccms[1].config
    if same_list and texts[0] != texts[1] and None not in texts:
        versions = [config.resource_version if config is not None else "" for config in configs]
        fields.append(("cloudConfig.resourceVersion", versions[0], versions[1]))
    return fields


def _flags(old: Judged, new: Judged) -> _Fields:
    """The flags that are known on both sides; empty for one that is not given."""
    a, b = (one.examined.ccm.settings for one in (old, new))
    if not (a.complete and b.complete):
        return []
    names = sorted((a.values.keys() | b.values.keys()) - a.unknown - b.unknown)
    return [(f"--{name}", a.values.get(name, ""), b.values.get(name, "")) for name in names]


def _pods(old: tuple[ControllerPod, ...], new: tuple[ControllerPod, ...]) -> Iterator[Change]:
    before, after = ({pod.name: pod for pod in pods} for pods in (old, new))
    yield from added_and_removed(
        DiffPart.CONTROLLER,
        "Pod",
        {name: pod.node for name, pod in before.items()},
        {name: pod.node for name, pod in after.items()},
    )
    for name in before.keys() & after.keys():
        a, b = before[name], after[name]
        fields: _Fields = [
            ("phase", a.phase, b.phase),
            ("ready", _yes(a.ready), _yes(b.ready)),
            ("waiting", a.waiting, b.waiting),
            ("restarts", str(a.restarts), str(b.restarts)),
        ]
        yield from changed_fields(DiffPart.CONTROLLER, "Pod", name, fields)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_Findings = dict[tuple[str, str, str], Severity]


def finding_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What diagnose finds on one side only, object by object, or with another severity. Where a
    check could not run, it is not known that there was nothing to find.
    """
    before, after = _findings(old), _findings(new)
    undecided_before, undecided_after = undecided(old), undecided(new)
    for key in {**after, **before}:
        code, kind, name = key
        was, now = before.get(key), after.get(key)
        if was is now:
            continue
        if was is None and code not in undecided_before:
            change = ChangeType.ADDED
        elif now is None and code not in undecided_after:
            change = ChangeType.REMOVED
        elif was is not None and now is not None:
            change = ChangeType.CHANGED
        else:
            continue
        texts = (severity.value if severity is not None else "" for severity in (was, now))
        yield Change(DiffPart.FINDINGS, change, kind, name, code, *texts)


def _findings(one: Judged) -> _Findings:
    found: _Findings = {}
    for finding in one.diagnosis.findings:
        if all_codes()[finding.code].theme != _READING:
            objects = [(ref.kind, ref.name) for ref in finding.objects] or [("Cluster", "")]
            for kind, name in objects:
                found[finding.code, kind, name] = finding.severity
    return found


def undecided(one: Judged) -> dict[str, tuple[str, ...]]:
    """The codes of the checks that could not run, and the parts that they lack."""
    results = one.diagnosis.results
    return {each.code: each.lacking for each in results if each.outcome is Outcome.UNKNOWN}
