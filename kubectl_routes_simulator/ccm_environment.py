"""The environment of a container, and what Kubernetes makes of ``$(NAME)`` in its command."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from kubectl_routes_simulator.kube_store import Object, Store

_REFERENCE = re.compile(r"\$\$|\$\(([^()\s]+)\)")


def expanded(word: str, known: Mapping[str, str]) -> str:
    """The word with every ``$(NAME)`` that is known replaced; any other stays, and ``$$`` is ``$``.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """

    def value(found: re.Match[str]) -> str:
        return "$" if found[1] is None else known.get(found[1], found[0])

    return _REFERENCE.sub(value, word)


def environment_of(store: Store, pod: Object, container: Object) -> dict[str, str]:
    """The variables of a container: those of ``envFrom``, then those of ``env`` in their order,
    each of which may refer to the ones before it. What can not be found is left out.
    """
    namespace = pod["metadata"]["namespace"]
    known: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            found = texts_of(store, kind, namespace, source.get(field, {}).get("name", ""))
            known |= {source.get("prefix", "") + key: text for key, text in found.items()}
    for variable in container.get("env", ()):
        value: str | None = expanded(variable.get("value", ""), known)
        if "valueFrom" in variable:
            value = _value_from(store, pod, variable["valueFrom"])
        if value is not None:
            known[variable["name"]] = value
    return known


def texts_of(store: Store, kind: str, namespace: str, name: str) -> dict[str, str]:
    """What a ConfigMap or a Secret holds, decoded; nothing when there is none."""
    try:
        data = store.get(kind, namespace, name).get("data") or {}
    except LookupError:
        return {}
    if kind == "ConfigMap":
        return dict(data)
    return {key: base64.b64decode(text).decode(errors="replace") for key, text in data.items()}


def _value_from(store: Store, pod: Object, source: Object) -> str | None:
    namespace = pod["metadata"]["namespace"]
    for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        named = source.get(field, {})
        texts = texts_of(store, kind, namespace, named.get("name", ""))
        if named.get("key") in texts:
            return texts[named["key"]]
    fields: dict[str, str | None] = {
        "metadata.name": pod["metadata"].get("name"),
        "metadata.namespace": namespace,
        "spec.nodeName": pod["spec"].get("nodeName"),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName"),
        "status.hostIP": pod.get("status", {}).get("hostIP"),
        "status.podIP": pod.get("status", {}).get("podIP"),
    }
    return fields.get(source.get("fieldRef", {}).get("fieldPath", ""))
