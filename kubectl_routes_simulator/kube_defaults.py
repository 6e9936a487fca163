"""The defaults that the API server fills in where clients can see them."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from typing import Any

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
