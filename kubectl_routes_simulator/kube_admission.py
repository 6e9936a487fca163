"""What the API server fills into an object, and what it demands of one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import Problem, invalid, needed, problem, wrong

Object = dict[str, Any]

_WORKLOADS = ("DaemonSet", "Deployment")
_STRATEGIES, _ROLLING = ("strategy", "updateStrategy"), ("", "RollingUpdate")


@cache
def _defaults() -> dict[str, Object]:
    text = Path(__file__).with_name("data").joinpath("defaults.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=dict[str, Object])


def defaulted(value: Object) -> Object:
    """The object with the defaults of its kind. It is changed in place and returned."""
    defaults = _defaults().get(value.get("kind", ""))
    if defaults is None:
        return value
    _fill(value, defaults)
    for key, text in value.pop("stringData", {}).items():
        value.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()
    spec = value.get("spec", {}).get("template", {}).get("spec")
    if spec is not None:
        _pod_defaults(spec)
    return value


def _fill(value: Object, defaults: Object) -> None:
    for name, default in defaults.items():
        key = name.rstrip("?[]")
        if name.endswith("[]"):
            for item in value.get(key, ()):
                _fill(item, default)
        elif not isinstance(default, dict):
            value.setdefault(key, default)
        elif key in _STRATEGIES and value.get(key, {}).get("type", "") not in _ROLLING:
            continue
        elif key in value or key == name:
            _fill(value.setdefault(key, {}), default)


def _pod_defaults(spec: Object) -> None:
    """The defaults that depend on other fields."""
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec |= {"serviceAccountName": account, "serviceAccount": account}
    for volume in spec.get("volumes", ()):
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        container.setdefault("imagePullPolicy", _pull_policy(container.get("image", "")))
        for port in container.get("ports", ()) if spec.get("hostNetwork") else ():
            port.setdefault("hostPort", port["containerPort"])


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
_POD = "spec.template.spec"
_MOUNTS = f"{_POD}.containers[].volumeMounts[]"
# By the path of an object, [] going through a list: the fields that it must have.
_REQUIRED = {
    "spec": ("selector",),
    f"{_POD}.volumes[]": ("name",),
    f"{_POD}.volumes[].configMap": ("name",),
    f"{_POD}.volumes[].configMap.items[]": ("key", "path"),
    f"{_POD}.volumes[].secret": ("secretName",),
    f"{_POD}.volumes[].secret.items[]": ("key", "path"),
    _POD: ("containers",),
    f"{_POD}.containers[]": ("name", "image"),
    _MOUNTS: ("mountPath",),
}


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
    for field in ("annotations", "labels"):
        for key in meta.get(field, {}):
            yield from _unlike(key.rpartition("/")[2], _NAME, 63, f"metadata.{field}")
    for text in meta.get("labels", {}).values():
        yield from _unlike(text, f"({_NAME})?", 63, "metadata.labels")


def _own_problems(value: Object) -> Iterator[Problem]:
    if value["kind"] == "ConfigMap":
        for key in value.get("data", {}):
            yield from _unlike(key, _CONFIG_KEY, 253, f"data[{key}]")
        if sum(len(text.encode()) for text in value.get("data", {}).values()) > _MOST_DATA:
            yield problem("[]", "TooLong", f"Too long: may not be more than {_MOST_DATA} bytes")
    if value["kind"] in _WORKLOADS:
        yield from _workload_problems(value)


def _workload_problems(workload: Object) -> Iterator[Problem]:
    spec = workload.get("spec", {})
    template = {"spec": {}, **spec.get("template", {})}
    value = {"spec": {**spec, "template": template}}
    for path, names in _REQUIRED.items():
        for at, holder in _along(value, path):
            yield from (needed(f"{at}.{name}") for name in names if not holder.get(name))
    labels = template.get("metadata", {}).get("labels", {})
    wanted = spec.get("selector", {}).get("matchLabels", {})
    if any(labels.get(key) != text for key, text in wanted.items()):
        because = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", labels, because)
    for path in (f"{_POD}.volumes", f"{_POD}.containers"):
        for field, name in _repeated(value, path, "name"):
            yield problem(field, "Duplicate", f'Duplicate value: "{name}"')
    for field, path in _repeated(value, _MOUNTS.removesuffix("[]"), "mountPath"):
        yield wrong(field, path, "must be unique")
    volumes = {one.get("name") for _, one in _along(value, f"{_POD}.volumes[]")}
    for at, mount in _along(value, _MOUNTS):
        if mount.get("name") not in volumes:
            yield problem(f"{at}.name", "NotFound", f'Not found: "{mount.get("name", "")}"')
    for kind in ("configMap", "secret"):
        for at, item in _along(value, f"{_POD}.volumes[].{kind}.items[]"):
            if item.get("path", "").startswith("/"):
                yield wrong(f"{at}.path", item["path"], "must be a relative path")


def _along(value: Object, path: str, at: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that a path leads to, with the field that it stands in."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    here, part = f"{at}.{name}".lstrip("."), value.get(name)
    if part is None:
        return
    parts = [(here, part)]
    if step != name:
        parts = [(f"{here}[{number}]", item) for number, item in enumerate(part)]
    for where, found in parts:
        yield from _along(found, rest, where) if rest else [(where, found)]


def _repeated(value: Object, path: str, name: str) -> Iterator[tuple[str, str]]:
    """The fields of that name whose text an earlier item of the same list has."""
    for at, items in _along(value, path):
        texts = [item.get(name) for item in items]
        for number, text in enumerate(texts):
            if text and text in texts[:number]:
                yield f"{at}[{number}].{name}", text


def _change_problems(live: Object, value: Object) -> Iterator[Problem]:
    """What may not change."""
    before, after = live.get("spec", {}), value.get("spec", {})
    if value["kind"] == "ConfigMap" and live.get("immutable"):
        for name in ("immutable", "data", "binaryData"):
            if live.get(name) != value.get(name):
                because = "Forbidden: field is immutable when `immutable` is set"
                yield problem(name, "Forbidden", because)
    selectors = before.get("selector"), after.get("selector")
    if value["kind"] in _WORKLOADS and selectors[0] != selectors[1]:
        yield wrong("spec.selector", selectors[1], _IMMUTABLE)
    if value["kind"] == "Node":
        for name, what in (("podCIDRs", "podCIDR"), ("providerID", "providerID")):
            if before.get(name) and before[name] != after.get(name):
                because = f'node updates may not change {what} except from "" to valid'
                yield problem(f"spec.{name}", "Forbidden", f"Forbidden: {because}")
