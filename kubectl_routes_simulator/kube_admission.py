"""What the API server fills into an object, and what it demands of one."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import (
    Problem,
    forbidden,
    invalid,
    needed,
    repeated,
    wrong,
)

Object = dict[str, Any]

_DAEMON_SET: Object = {
    "revisionHistoryLimit": 10,
    "updateStrategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    },
}
_DEPLOYMENT: Object = {
    "progressDeadlineSeconds": 600,
    "replicas": 1,
    "revisionHistoryLimit": 10,
    "strategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    },
}
_STRATEGIES = ("strategy", "updateStrategy")
_POD: Object = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_CONTAINER: Object = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Object = {
    "failureThreshold": 3,
    "periodSeconds": 10,
    "successThreshold": 1,
    "timeoutSeconds": 1,
}
_HTTP_GET: Object = {"path": "/", "scheme": "HTTP"}
_SOURCES: Mapping[str, Object] = {
    "configMap": {"defaultMode": 420},
    "downwardAPI": {"defaultMode": 420},
    "hostPath": {"type": ""},
    "projected": {"defaultMode": 420},
    "secret": {"defaultMode": 420},
}
_WORKLOADS = {"DaemonSet": _DAEMON_SET, "Deployment": _DEPLOYMENT}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def defaulted(value: Object) -> Object:
    """The object with the defaults of its kind. It is changed in place and returned; kinds other
    than DaemonSet, Deployment and Secret have none that matter.
    """
    if value.get("kind") == "Secret":
        _secret_defaults(value)
    spec = value.get("spec")
    if value.get("kind") not in _WORKLOADS or not isinstance(spec, dict):
        return value
    defaults = _WORKLOADS[value["kind"]]
    for name in _STRATEGIES:
        given = spec.get(name, {})
        if name in defaults and given.get("type", "RollingUpdate") == "RollingUpdate":
            rolling = {**defaults[name]["rollingUpdate"], **given.get("rollingUpdate", {})}
            spec[name] = {**given, "type": "RollingUpdate", "rollingUpdate": rolling}
    _fill(spec, defaults)
    _pod_defaults(spec.get("template", {}).get("spec"))
    return value


def _secret_defaults(secret: Object) -> None:
    """What is given as text is kept encoded."""
    _fill(secret, {"type": "Opaque"})
    for key, text in secret.pop("stringData", {}).items():
        data = secret.setdefault("data", {})
        data[key] = base64.b64encode(text.encode()).decode()


def _fill(value: Object, defaults: Object) -> None:
    for name, part in defaults.items():
        if name not in value:
            value[name] = copy.deepcopy(part)


def _pod_defaults(spec: Object | None) -> None:
    if spec is None:
        return
    _fill(spec, _POD)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        _fill(spec, {"serviceAccountName": account, "serviceAccount": account})
    for volume in spec.get("volumes", ()):
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
        for name, source in _SOURCES.items():
            if name in volume:
                _fill(volume[name], source)
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        _container_defaults(container, host_network=spec.get("hostNetwork", False))


def _container_defaults(container: Object, *, host_network: bool) -> None:
    _fill(container, {**_CONTAINER, "imagePullPolicy": _pull_policy(container.get("image", ""))})
    for port in container.get("ports", ()):
        _fill(port, {"protocol": "TCP"})
        if host_network and "containerPort" in port:
            _fill(port, {"hostPort": port["containerPort"]})
    for variable in container.get("env", ()):
        field = variable.get("valueFrom", {}).get("fieldRef")
        if field is not None:
            _fill(field, {"apiVersion": "v1"})
    for name in _PROBES:
        if name in container:
            _fill(container[name], _PROBE)
            _http_defaults(container[name])
    for handler in container.get("lifecycle", {}).values():
        if isinstance(handler, dict):
            _http_defaults(handler)


def _http_defaults(handler: Object) -> None:
    if "httpGet" in handler:
        _fill(handler["httpGet"], _HTTP_GET)


def _pull_policy(image: str) -> str:
    """Always for the tag latest and for none, else IfNotPresent; a digest is none of both."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if (not tag and not digest) or tag == "latest" else "IfNotPresent"


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_MOST_DATA = 1024 * 1024
_IMMUTABLE = "field is immutable"
_POD_CHANGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)
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
    _refuse(resource, value, [*found, *_change_problems(live, value)])


def _refuse(resource: Resource, value: Object, problems: list[Problem]) -> None:
    if problems:
        raise invalid(resource.group, resource.kind, value["metadata"].get("name", ""), problems)


def _unlike(text: str, pattern: str, most: int, field: str) -> Iterator[Problem]:
    """A name that is too long, or not of the form."""
    if len(text) > most or not re.fullmatch(pattern, text):
        yield wrong(field, text, f"must be at most {most} characters (regex '{pattern}')")


def _meta_problems(meta: Object) -> Iterator[Problem]:
    if not meta.get("name"):
        yield needed("metadata.name", "name or generateName is required")
    else:
        yield from _unlike(meta["name"], _SUBDOMAIN, 253, "metadata.name")
    for key in meta.get("annotations", {}):
        yield from _unlike(key.rpartition("/")[2], _NAME, 63, "metadata.annotations")
    yield from _label_problems(meta.get("labels", {}), "metadata.labels")


def _label_problems(labels: Object, field: str) -> Iterator[Problem]:
    for key, value in labels.items():
        yield from _unlike(key.rpartition("/")[2], _NAME, 63, field)
        yield from _unlike(value, f"({_NAME})?", 63, field)


def _own_problems(value: Object) -> Iterator[Problem]:
    if value["kind"] == "ConfigMap":
        for key in value.get("data", {}):
            yield from _unlike(key, _CONFIG_KEY, 253, f"data[{key}]")
        if sum(len(text.encode()) for text in value.get("data", {}).values()) > _MOST_DATA:
            yield Problem(
                "[]", "FieldValueTooLong", f"Too long: may not be more than {_MOST_DATA} bytes"
            )
    if value["kind"] in _WORKLOADS:
        yield from _workload_problems(value)


def _workload_problems(value: Object) -> Iterator[Problem]:
    spec = value.get("spec", {})
    template = spec.get("template", {})
    labels = template.get("metadata", {}).get("labels", {})
    wanted = spec.get("selector", {}).get("matchLabels", {})
    if not spec.get("selector"):
        yield needed("spec.selector")
    yield from _label_problems(labels, "spec.template.metadata.labels")
    if any(labels.get(key) != text for key, text in wanted.items()):
        because = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", labels, because)
    yield from _pod_problems(template.get("spec", {}), "spec.template.spec")
    for name in ("minReadySeconds", "revisionHistoryLimit", "replicas"):
        if spec.get(name, 0) < 0:
            yield wrong(f"spec.{name}", spec[name], "must be greater than or equal to 0")
    limits = spec.get("updateStrategy", {}).get("rollingUpdate")
    if limits and all(limits.get(name, 0) in (0, "0%") for name in ("maxUnavailable", "maxSurge")):
        field = "spec.updateStrategy.rollingUpdate.maxUnavailable"
        yield needed(field, "cannot be 0 when maxSurge is 0")


def _pod_problems(spec: Object, at: str) -> Iterator[Problem]:
    volumes = spec.get("volumes", [])
    yield from _name_problems(volumes, f"{at}.volumes")
    for number, volume in enumerate(volumes):
        for kind, name in (("configMap", "name"), ("secret", "secretName")):
            if kind in volume:
                yield from _file_problems(volume[kind], f"{at}.volumes[{number}].{kind}", name)
    if not spec.get("containers"):
        yield needed(f"{at}.containers")
    known = {volume.get("name") for volume in volumes}
    for field in ("containers", "initContainers"):
        containers = spec.get(field, [])
        yield from _name_problems(containers, f"{at}.{field}")
        for number, container in enumerate(containers):
            here = f"{at}.{field}[{number}]"
            if not container.get("image"):
                yield needed(f"{here}.image")
            yield from _mount_problems(
                container.get("volumeMounts", []), f"{here}.volumeMounts", known
            )


def _name_problems(named: list[Object], at: str) -> Iterator[Problem]:
    taken: set[str] = set()
    for number, one in enumerate(named):
        name, field = one.get("name", ""), f"{at}[{number}].name"
        if not name:
            yield needed(field)
        elif name in taken:
            yield repeated(field, name)
        else:
            yield from _unlike(name, _LABEL, 63, field)
        taken.add(name)


def _mount_problems(mounts: list[Object], at: str, volumes: set[Any]) -> Iterator[Problem]:
    paths: set[str] = set()
    for number, mount in enumerate(mounts):
        here, name, path = f"{at}[{number}]", mount.get("name", ""), mount.get("mountPath", "")
        if name not in volumes:
            yield Problem(f"{here}.name", "FieldValueNotFound", f'Not found: "{name}"')
        if not path:
            yield needed(f"{here}.mountPath")
        elif path in paths:
            yield wrong(f"{here}.mountPath", path, "must be unique")
        paths.add(path)


def _file_problems(source: Object, at: str, name: str) -> Iterator[Problem]:
    """What is wrong with a volume made of a ConfigMap or a Secret."""
    if not source.get(name):
        yield needed(f"{at}.{name}")
    for number, item in enumerate(source.get("items", ())):
        for field in ("key", "path"):
            if not item.get(field):
                yield needed(f"{at}.items[{number}].{field}")
        if item.get("path", "").startswith("/"):
            field = f"{at}.items[{number}].path"
            yield wrong(field, item["path"], "must be a relative path")


def _change_problems(live: Object, value: Object) -> Iterator[Problem]:
    """What may not change."""
    before, after = live.get("spec", {}), value.get("spec", {})
    if value["kind"] == "ConfigMap" and live.get("immutable"):
        for name in ("immutable", "data", "binaryData"):
            if live.get(name) != value.get(name):
                yield forbidden(name, "field is immutable when `immutable` is set")
    if value["kind"] in _WORKLOADS and before.get("selector") != after.get("selector"):
        yield wrong("spec.selector", after.get("selector"), _IMMUTABLE)
    if value["kind"] == "Node":
        for name, what in (("podCIDRs", "podCIDR"), ("providerID", "providerID")):
            if before.get(name) and before[name] != after.get(name):
                because = f'node updates may not change {what} except from "" to valid'
                yield forbidden(f"spec.{name}", because)
    if value["kind"] == "Pod" and _fixed(before) != _fixed(after):
        yield forbidden("spec", _POD_CHANGE)


def _fixed(spec: Object) -> Object:
    """What may not change of the spec of a pod."""
    kept = copy.deepcopy({key: spec[key] for key in spec if key not in _FREE_OF_POD})
    for container in (*kept.get("containers", ()), *kept.get("initContainers", ())):
        container.pop("image", None)
    return kept
