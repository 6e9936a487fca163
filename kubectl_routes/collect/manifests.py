"""The objects that a plan changes, whole as the API gives them."""

from __future__ import annotations

from typing import Any

from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.transport import CHECK_SERVER
from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests

_PLURALS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
}


def path_of(kind: str, namespace: str, name: str = "") -> str:
    """The path of an object of one of the kinds that plans change, or of all of them."""
    folder = _PLURALS[kind].format(namespace)
    return f"{folder}/{name}" if name else folder


def read_object(client: KubeClient, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
    """One object, None when it does not exist. Raises ClusterError."""
    what = message("read {kind} {namespace}/{name}", kind=kind, namespace=namespace, name=name)
    try:
        found: dict[str, Any] = client.document(what, path_of(kind, namespace, name)).value  # type: ignore[assignment]
    except ClusterError as error:
        if error.status == 404:
            return None
        raise
    # What is written back later must have been whole when it was read.
    named = isinstance(found.get("metadata"), dict) and found["metadata"].get("name") == name
    if found.get("kind") != kind or not named or not found["metadata"].get("resourceVersion"):
        server = client.connection.server
        raise ClusterError(
            message(
                "cannot {what}: {server} sent something else than that {kind}",
                what=what,
                server=server,
                kind=kind,
            ),
            CHECK_SERVER,
            status=200,
        )
    return found


def read_manifests(client: KubeClient, controller: Controller, config_map: str) -> Manifests:
    """CCM's workload and its ConfigMap; ``config_map`` is the name where CCM reads none yet.

    Raises ClusterError, also when the workload is gone, or is no longer of any use to read.
    """
    kind = controller.kind.value
    workload = read_object(client, kind, controller.namespace, controller.name)
    if workload is None:
        raise ClusterError(
            message(
                "{kind} {namespace}/{controller} is gone",
                kind=kind,
                namespace=controller.namespace,
                controller=controller.name,
            )
        )
    _check_shape(workload, controller)
    config = controller.cloud_config
    if config is not None and config.source is ConfigSourceKind.CONFIG_MAP:
        config_map = config.name
    return Manifests(workload, read_object(client, "ConfigMap", controller.namespace, config_map))


def _check_shape(workload: dict[str, Any], controller: Controller) -> None:
    """Raise ClusterError unless the parts that a plan walks through are what the API promises."""
    try:
        pod = workload["spec"]["template"]["spec"]
        whole = any(one["name"] == controller.container for one in pod["containers"])
        for container in pod["containers"]:
            whole &= all(
                isinstance(one["mountPath"], str) for one in _list(container, "volumeMounts")
            )
            words = [*_list(container, "command"), *_list(container, "args")]
            whole &= all(isinstance(word, str) for word in words)
        whole &= all(isinstance(one["name"], str) for one in _list(pod, "volumes"))
    except (LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ClusterError(
            message(
                "{kind} {namespace}/{controller} has a pod template that differs from"
                " the API's schema",
                kind=controller.kind.value,
                namespace=controller.namespace,
                controller=controller.name,
            )
        )


def _list(owner: dict[str, Any], name: str) -> list[Any]:
    return owner.get(name) or []
