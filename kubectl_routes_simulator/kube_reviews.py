"""SelfSubjectAccessReview and SelfSubjectReview: what may I do, and who am I."""

from __future__ import annotations

from typing import Any

from kubectl_routes_simulator.kube_access import Access, Attributes, User
from kubectl_routes_simulator.kube_objects import document
from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]


def access_review(request: Request, access: Access, user: User) -> Object:
    """Answer a SelfSubjectAccessReview. Raises Refusal: 400 for a body that does not decode, 415
    for one in another format.
    """
    spec = _spec(request)
    asked: Object = spec.get("resourceAttributes") or {}
    path: Object = spec.get("nonResourceAttributes") or {}
    if not asked and not path:
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be set")
    wanted = Attributes(
        verb=str((asked or path).get("verb", "")),
        group=str(asked.get("group", "")),
        resource=str(asked.get("resource", "")),
        subresource=str(asked.get("subresource", "")),
        namespace=str(asked.get("namespace", "")),
        name=str(asked.get("name", "")),
        path=str(path.get("path", "")),
    )
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "spec": spec,
        "status": {"allowed": access.allows(user, wanted)},
    }


def subject_review(user: User) -> Object:
    """Answer a SelfSubjectReview: who am I."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "status": {"userInfo": {"username": user.name, "groups": list(user.groups)}},
    }


def _spec(request: Request) -> Object:
    body = document(request)
    spec = body.get("spec") if isinstance(body, dict) else None
    return spec if isinstance(spec, dict) else {}
