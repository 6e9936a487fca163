"""What the API server demands of an object before it is stored."""

from __future__ import annotations

import copy
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from kubectl_routes_simulator.kube_names import config_key_faults
from kubectl_routes_simulator.kube_names import label_value_faults
from kubectl_routes_simulator.kube_names import qualified_name_faults
from kubectl_routes_simulator.kube_names import subdomain_faults
from kubectl_routes_simulator.kube_pod_validation import pod_problems
from kubectl_routes_simulator.kube_problems import forbidden
from kubectl_routes_simulator.kube_problems import needed
from kubectl_routes_simulator.kube_problems import too_long
from kubectl_routes_simulator.kube_problems import unsupported
from kubectl_routes_simulator.kube_problems import wrong
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import Problem
from kubectl_routes_simulator.kube_status import invalid

Object = dict[str, Any]

_MOST_ANNOTATIONS = 256 * 1024
_MOST_DATA = 1024 * 1024
_IMMUTABLE = "field is immutable"
_SEALED = "field is immutable when `immutable` is set"
_POD_CHANGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)
# Where events about objects of the cluster scope may lie.
_OF_CLUSTER_EVENTS = ("default", "kube-system")
_FREE_OF_POD = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations")


def check_creation(resource: Resource, value: Object) -> None:
    """Raise Refusal (422) unless the object may come into being."""
    _refuse(resource, value, [*_meta_problems(value["metadata"]), *_own_problems(value)])


def check_update(resource: Resource, live: Object, value: Object) -> None:
    """Raise Refusal (422) unless the object may become this."""
    found = list(_meta_problems(value["metadata"]))
    uid = value["metadata"]["uid"]
    if uid != live["metadata"]["uid"]:
        found.append(wrong("metadata.uid", uid, _IMMUTABLE))
    if value.get("spec") != live.get("spec") or value["kind"] == "ConfigMap":
        found += _own_problems(value)
    change = _CHANGES.get(value["kind"])
    _refuse(resource, value, [*found, *(change(live, value) if change else ())])


def _refuse(resource: Resource, value: Object, problems: list[Problem]) -> None:
    if problems:
        name = value["metadata"].get("name", "")
        raise invalid(resource.group, resource.kind, name, problems)


def _meta_problems(meta: Object) -> Iterator[Problem]:
    name, annotations = meta.get("name", ""), meta.get("annotations", {})
    if not name:
        yield needed("metadata.name", "name or generateName is required")
    else:
        yield from (wrong("metadata.name", name, fault) for fault in subdomain_faults(name))
    for key in annotations:
        for fault in qualified_name_faults(key.lower()):
            yield wrong("metadata.annotations", key, fault)
    size = sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
    if size > _MOST_ANNOTATIONS:
        yield too_long("metadata.annotations", _MOST_ANNOTATIONS)
    yield from _label_problems(meta.get("labels", {}), "metadata.labels")


def _label_problems(labels: Object, field: str) -> Iterator[Problem]:
    for key, value in labels.items():
        yield from (wrong(field, key, fault) for fault in qualified_name_faults(key))
        yield from (wrong(field, value, fault) for fault in label_value_faults(value))


def _own_problems(value: Object) -> Iterator[Problem]:
    check = _CHECKS.get(value["kind"])
    return check(value) if check else iter(())


def _config_map_problems(value: Object) -> Iterator[Problem]:
    data, binary = value.get("data", {}), value.get("binaryData", {})
    for field, part in (("data", data), ("binaryData", binary)):
        for key in part:
            yield from (wrong(f"{field}[{key}]", key, fault) for fault in config_key_faults(key))
    for key in data:
        if key in binary:
            yield wrong(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(text.encode()) for text in data.values())
    size += sum(len(text) * 3 // 4 - text[-2:].count("=") for text in binary.values())
    if size > _MOST_DATA:
        yield too_long("[]", _MOST_DATA)


def _event_problems(value: Object) -> Iterator[Problem]:
    about = value.get("involvedObject", {}).get("namespace", "")
    namespace = value["metadata"]["namespace"]
    if about != namespace and (about or namespace not in _OF_CLUSTER_EVENTS):
        yield wrong("involvedObject.namespace", about, "does not match event.namespace")


def _workload_problems(value: Object) -> Iterator[Problem]:
    spec = value.get("spec", {})
    template = spec.get("template", {})
    labels = template.get("metadata", {}).get("labels", {})
    yield from _selector_problems(spec.get("selector"), value["kind"])
    yield from _label_problems(labels, "spec.template.metadata.labels")
    selector = spec.get("selector")
    wanted = (selector or {}).get("matchLabels", {})
    # The selector that a DaemonSet lacks selects nothing.
    none = selector is None and value["kind"] == "DaemonSet"
    if none or any(labels.get(key) != text for key, text in wanted.items()):
        because = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", labels, because)
    pod = template.get("spec", {})
    policy = pod.get("restartPolicy", "Always")
    if policy != "Always":
        yield unsupported("spec.template.spec.restartPolicy", policy, ("Always",))
    yield from pod_problems(pod, "spec.template.spec")
    for name in ("minReadySeconds", "revisionHistoryLimit", "replicas"):
        if spec.get(name, 0) < 0:
            yield wrong(f"spec.{name}", spec[name], "must be greater than or equal to 0")


def _selector_problems(selector: Object | None, kind: str) -> Iterator[Problem]:
    if selector is None and kind != "DaemonSet":
        yield needed("spec.selector")
    elif selector is not None and not selector:
        yield wrong("spec.selector", selector, f"empty selector is invalid for {kind.lower()}")


def _daemon_set_problems(value: Object) -> Iterator[Problem]:
    yield from _workload_problems(value)
    strategy = value.get("spec", {}).get("updateStrategy", {})
    rolling, field = strategy.get("rollingUpdate", {}), "spec.updateStrategy.rollingUpdate"
    if strategy.get("type") != "RollingUpdate":
        return
    for name in ("maxUnavailable", "maxSurge"):
        number = rolling.get(name, 0)
        if isinstance(number, int) and number < 0:
            yield wrong(f"{field}.{name}", number, "must be greater than or equal to 0")
    none = (0, "0%")
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    if unavailable in none and surge in none:
        yield needed(f"{field}.maxUnavailable", "cannot be 0 when maxSurge is 0")
    elif unavailable not in none and surge not in none:
        yield wrong(f"{field}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")


def _config_map_change(live: Object, value: Object) -> Iterator[Problem]:
    if not live.get("immutable"):
        return
    for name in ("immutable", "data", "binaryData"):
        if live.get(name) != value.get(name):
            yield forbidden(name, _SEALED)


def _workload_change(live: Object, value: Object) -> Iterator[Problem]:
    selector = value.get("spec", {}).get("selector")
    if selector != live.get("spec", {}).get("selector"):
        yield wrong("spec.selector", selector, _IMMUTABLE)


def _node_change(live: Object, value: Object) -> Iterator[Problem]:
    before, after = live.get("spec", {}), value.get("spec", {})
    for name, what in (("podCIDRs", "podCIDR"), ("providerID", "providerID")):
        if before.get(name) and before[name] != after.get(name):
            because = f'node updates may not change {what} except from "" to valid'
            yield forbidden(f"spec.{name}", because)


def _pod_change(live: Object, value: Object) -> Iterator[Problem]:
    if _fixed(live.get("spec", {})) != _fixed(value.get("spec", {})):
        yield forbidden("spec", _POD_CHANGE)


def _fixed(spec: Object) -> Object:
    """What may not change of the spec of a pod."""
    kept = copy.deepcopy({key: spec[key] for key in spec if key not in _FREE_OF_POD})
    for container in (*kept.get("containers", ()), *kept.get("initContainers", ())):
        container.pop("image", None)
    return kept


_CHECKS: Mapping[str, Callable[[Object], Iterator[Problem]]] = {
    "ConfigMap": _config_map_problems,
    "DaemonSet": _daemon_set_problems,
    "Deployment": _workload_problems,
    "Event": _event_problems,
}
_CHANGES: Mapping[str, Callable[[Object, Object], Iterator[Problem]]] = {
    "ConfigMap": _config_map_change,
    "DaemonSet": _workload_change,
    "Deployment": _workload_change,
    "Node": _node_change,
    "Pod": _pod_change,
}
