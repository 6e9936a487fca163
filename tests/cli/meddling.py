"""What other clients, admission policies and broken servers do while a command runs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import structs

from kubectl_routes.model.undo import HISTORY, UNDO
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import Policy, read_policy
from kubectl_routes_simulator.kube_access import Access, Denial, User
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request

Object = dict[str, Any]
When = Callable[[Request], bool]
Handle = Callable[[Request], Reply]
DEPLOY = Path(__file__).parents[2] / "deploy"
JSON = {"Content-Type": "application/json"}
# The lines of real writes, as faults search them.
WRITES = {
    "ConfigMap": re.compile(r"^PATCH \S+/configmaps/cloud-config\?(?!.*dryRun)"),
    "DaemonSet": re.compile(r"^PATCH \S+/daemonsets/.*\?(?!.*dryRun)"),
    "any": re.compile(r"^(PATCH|POST|DELETE) \S+/(configmaps|daemonsets)[^?]*\?(?!.*dryRun)"),
}


def writes_to(kind: str = "") -> When:
    """Whether a request changes an object, of that kind: dry runs and questions do not."""
    return lambda request: (
        request.method == "PATCH"
        and f"/{kind.lower()}" in request.path
        and "dryRun" not in request.query
    )


def once(
    server: LoopbackServer, when: When, act: Callable[[], object], *, after: bool = False
) -> None:
    """Let something happen at the first such request: before, or ``after`` it is carried out."""
    handle, done = server.handle, threading.Event()

    def handled(request: Request) -> Reply:
        reply = handle(request) if after else None
        if when(request) and not done.is_set():
            done.set()
            act()
        return reply or handle(request)

    server.handle = handled


def at_write(
    cluster: SimulatedCluster, kind: str, act: Callable[[], object], *, after: bool = False
) -> None:
    """Let something happen at the first write to an object of that kind."""
    once(cluster.kube.server, writes_to(kind), act, after=after)


def refusal(kind: str, skip: int = 0) -> Fault:
    """The API server forbids every write of that kind, after so many."""
    return Fault(FaultKind.REFUSE, WRITES[kind], None, skip, 403, b"{}", JSON)


def put_config_map(
    cluster: SimulatedCluster, name: str, data: dict[str, str], namespace: str = "kube-system"
) -> None:
    """Create a ConfigMap, or replace what is there."""
    metadata = {"name": name, "namespace": namespace}
    cluster.kube.store.put(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    )


def policy(*statements: tuple[str, str]) -> Policy:
    """A RAM policy of effects and actions."""
    told = [{"Effect": one, "Action": action, "Resource": "*"} for one, action in statements]
    return read_policy(json.dumps({"Version": "1", "Statement": told}))


def lose(value: Object) -> None:
    """What ``kubectl replace``, GitOps and some admission policies do to our annotations."""
    annotations = value["metadata"].get("annotations") or {}
    for name in (UNDO, HISTORY):
        annotations.pop(name, None)
    if not annotations:
        value["metadata"].pop("annotations", None)  # as a server leaves it


def stripping(handle: Handle, *, dry_runs: bool = True) -> Handle:
    """The server behind an admission policy that takes our annotations out of every patch."""

    def handled(request: Request) -> Reply:
        if request.method != "PATCH" or ("dryRun" in request.query and not dry_runs):
            return handle(request)
        steps = json.loads(request.body)
        kept = [
            one for one in steps if one["op"] == "remove" or "kubectl-routes~1" not in one["path"]
        ]
        for one in kept:
            if one["path"].endswith("/annotations") and one["op"] == "add":
                one["value"] = {}
        return handle(structs.replace(request, body=json.dumps(kept).encode()))

    return handled


class _Operators(Access):
    """Everybody is an operator: kubectl and the client send no token over plain HTTP."""

    def user_of(self, request: Request) -> User:
        return User("operator", ("kubectl-routes-operators",))


def restrict(cluster: SimulatedCluster, *roles: str, denied: tuple[Denial, ...] = ()) -> None:
    """From now on clients may do what these roles of deploy/ say, and nothing else."""
    path = Path(str(cluster.kubeconfig)).parent / "roles.yaml"
    texts = [(DEPLOY / f"clusterrole-{name}.yaml").read_text(encoding="utf-8") for name in roles]
    path.write_text("\n---\n".join(texts), encoding="utf-8")
    cluster.kube.access = _Operators(roles=path, denied=denied)
