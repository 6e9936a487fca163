"""The few pods that were asked for."""

from __future__ import annotations

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.pods import Pod


def read_asked(client: KubeClient, name: str) -> tuple[Pod, ...]:
    """The pod ``namespace/name``, or all pods with the address ``name``.

    Nothing when there is none. Raises ClusterError.
    """
    namespace, slash, pod = name.partition("/")
    return _named(client, namespace, pod) if slash else _with_address(client, name)


def _named(client: KubeClient, namespace: str, name: str) -> tuple[Pod, ...]:
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    try:
        return (
            _pod(
                client.document(
                    message("read pod {namespace}/{name}", namespace=namespace, name=name), path
                )
            ),
        )
    except ClusterError as error:
        if error.status == 404:
            return ()
        raise


def _with_address(client: KubeClient, address: str) -> tuple[Pod, ...]:
    selector = {"fieldSelector": f"status.podIP={address}"}
    what = message("look for a pod with the address {address}", address=address)
    return tuple(map(_pod, client.documents(what, "/api/v1/pods", selector)))


def _pod(pod: Document) -> Pod:
    metadata, spec, status = (pod.under(part) for part in ("metadata", "spec", "status"))
    listed = tuple(each.text("ip") for each in status.items("podIPs"))
    return Pod(
        namespace=metadata.text("namespace"),
        name=metadata.text("name"),
        node=spec.text("nodeName"),
        ips=tuple(filter(None, listed or (status.text("podIP"),))),
        phase=status.text("phase"),
        host_network=spec.flag("hostNetwork"),
    )
