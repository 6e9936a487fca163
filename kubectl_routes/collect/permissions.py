"""Who asks, and what that user may do: the server is asked, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import structs

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient, OutgoingRequest
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Permission

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def ask(client: KubeClient, wanted: Iterable[Permission]) -> tuple[Permission, ...]:
    """The permissions, each with the server's answer; one it would not give stays None."""
    return tuple(_asked(client, one) for one in wanted)


def _asked(client: KubeClient, wanted: Permission) -> Permission:
    attributes = {
        "verb": wanted.verb,
        "group": wanted.group,
        "resource": wanted.resource,
        "namespace": wanted.namespace,
        "name": wanted.name,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: text for key, text in attributes.items() if text}},
    }
    try:
        asking = OutgoingRequest("POST", msgspec.json.encode(body), repeatable=True)
        answer = client.send(message("ask for permissions"), asking, _REVIEWS)
    except ClusterError as error:
        return structs.replace(wanted, reason=error.message)
    allowed = Document(answer).under("status", "allowed").value
    if not isinstance(allowed, bool):
        return structs.replace(
            wanted, reason=message("the server's answer says neither yes nor no")
        )
    return structs.replace(wanted, allowed=allowed)


def who_am_i(client: KubeClient) -> str:
    """The user name as the server knows it; that of the kubeconfig where it does not tell (before
    Kubernetes 1.28).
    """
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        asking = OutgoingRequest("POST", msgspec.json.encode(body), repeatable=True)
        answer = client.send(message("ask who I am"), asking, _SELF)
    except ClusterError:
        return client.connection.user or "unknown"
    name = Document(answer).text("status", "userInfo", "username")
    return name or client.connection.user or "unknown"
