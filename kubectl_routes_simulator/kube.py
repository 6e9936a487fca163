"""The Kubernetes half of the simulated cluster: an API server on loopback."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from kubectl_routes_simulator.kube_access import Access, Attributes, access_review, subject_review
from kubectl_routes_simulator.kube_deletes import Deletes
from kubectl_routes_simulator.kube_lists import Lists, name_in
from kubectl_routes_simulator.kube_logs import PodLogs
from kubectl_routes_simulator.kube_reads import JSON, Reads, json_reply, wants_table
from kubectl_routes_simulator.kube_resources import (
    Resource,
    Target,
    discovery_document,
    target_of,
)
from kubectl_routes_simulator.kube_status import Refusal, too_large
from kubectl_routes_simulator.kube_store import Store
from kubectl_routes_simulator.kube_writes import Writes
from kubectl_routes_simulator.server import Reply, Request, SimulatedServer

_TEXT = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache, private"}
_NO_PAGE = Reply(404, b"404 page not found\n", _TEXT)
_MOST_BYTES = 3 * 1024 * 1024  # of the body of a request
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class KubeSimulator(SimulatedServer):
    """An API server that the real kubectl and the official client can work with.

    What is in it goes through ``store``, which clients write to under the rules of a real server,
    and tests as they like; pod logs through ``logs``. ``access`` says who may do what,
    ``server.faults`` what goes wrong, ``deletes.on_pod_delete`` who ends pods. ``version`` is the
    gitVersion, ``clock`` gives epoch seconds. ``cert`` and ``key`` are paths of PEM files and turn
    TLS on.
    """

    def __init__(
        self,
        *,
        version: str = "v1.30.4",
        access: Access | None = None,
        clock: Callable[[], float] = time.time,
        cert: str = "",
        key: str = "",
    ) -> None:
        super().__init__(self._handle, cert, key)
        self.version = version
        self.access = access or Access()
        self.store = Store(clock)
        self.logs = PodLogs(clock)
        self.lists = Lists(self.store)
        self._reads = Reads(self.store, self.lists, clock)
        self._writes = Writes(self.store, clock)
        self.deletes = Deletes(self.store, clock)
        self._by_verb: Mapping[str, Callable[[Request, Resource, Target], Reply]] = {
            "get": self._reads.get,
            "list": self._reads.list,
            "watch": self._reads.watch,
            "create": self._writes.create,
            "update": self._writes.update,
            "patch": self._writes.patch,
            "delete": self.deletes.delete,
        }

    def stop(self) -> None:
        """Stop answering and end every watch."""
        self.server.stopping.set()
        self.store.wake()
        super().stop()

    def kubeconfig(self, path: Path, token: str = "", authority: str = "") -> Path:
        """Write a kubeconfig for its owner only; ``authority`` is the path of a PEM file."""
        cluster = {"server": self.url}
        if authority:
            cluster["certificate-authority"] = authority
        context = {"cluster": "practice", "user": "practice"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "practice",
            "clusters": [{"name": "practice", "cluster": cluster}],
            "users": [{"name": "practice", "user": {"token": token} if token else {}}],
            "contexts": [{"name": "practice", "context": context}],
        }
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.yaml.encode(config))
        return path

    def _handle(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except Refusal as refusal:
            return Reply(refusal.code, refusal.encoded() + b"\n", JSON)

    def _answer(self, request: Request) -> Reply:
        user = self.access.user_of(request)
        target = target_of(request.path)
        if target is None:
            verb = _VERBS.get(request.method, "get")
            self.access.check(user, Attributes(verb, path=request.path))
            return self._page(request)
        verb = _verb(request, target)
        name = target.name
        if verb in ("list", "watch"):
            name = name_in(request.first("fieldSelector"))
        given = (target.group, target.resource, target.subresource, target.namespace)
        self.access.check(user, Attributes(verb, *given, name))
        if not target.group_is_served:
            return _NO_PAGE
        resource = target.served
        if resource is None:
            message = "the server could not find the requested resource"
            raise Refusal(404, "NotFound", message, {})
        nowhere = verb == "delete" and not target.name
        if verb == "create":
            nowhere = bool(target.name) or (resource.namespaced and not target.namespace)
        if nowhere or verb not in resource.verbs_of(target.subresource):
            raise _method_not_allowed()
        if len(request.body) > _MOST_BYTES:
            raise too_large(f"limit is {_MOST_BYTES}")
        if resource.name == "selfsubjectaccessreviews":
            return json_reply(access_review(request, self.access, user), 201)
        if resource.name == "selfsubjectreviews":
            return json_reply(subject_review(user), 201)
        if target.subresource == "log":
            pod = self._reads.find(resource, target).value
            return Reply(200, self.logs.read(pod, request), _TEXT)
        return self._by_verb[verb](request, resource, target)

    def _page(self, request: Request) -> Reply:
        """Everything that is not a resource: discovery, version, health."""
        if request.path in ("/healthz", "/livez", "/readyz"):
            return Reply(200, b"ok", _TEXT)
        wants_table(request.headers.get("accept", ""))
        address = f"127.0.0.1:{self.server.port}"
        found = discovery_document(request.path.rstrip("/"), self.version, address)
        if found is None:
            return _NO_PAGE
        if request.method not in ("GET", "HEAD"):
            raise _method_not_allowed()
        return json_reply(found)


def _method_not_allowed() -> Refusal:
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, {})


def _verb(request: Request, target: Target) -> str:
    """The verb that the authorizer is asked about."""
    if request.method in ("GET", "HEAD"):
        if target.name:
            return "get"
        return "watch" if request.first("watch") in ("true", "1") else "list"
    return _VERBS[request.method]
