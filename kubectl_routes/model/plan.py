"""What ``enable`` and ``disable`` are about to do, as a value: nothing is written to make it."""

from __future__ import annotations

from enum import Enum
from typing import Any

from msgspec import Struct

from kubectl_routes.model.undo import ConfigMapUndo, WorkloadUndo

Object = dict[str, Any]


class Manifests(Struct, frozen=True):
    """CCM's workload and the ConfigMap that holds, or would hold, its cloud-config, as the API
    gave them. ``config_map`` is None when it does not exist. They may hold credentials.
    """

    workload: Object
    config_map: Object | None

    def __repr__(self) -> str:
        """Nothing of what the objects hold."""
        return "Manifests(…)"


class Verdict(Enum):
    """The outcome of one preflight check. UNKNOWN: what it needs could not be read."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Check(Struct, frozen=True, rename="camel"):
    """One preflight check. ``mandatory`` ones cannot be skipped; ``hint`` says what to do."""

    code: str
    title: str
    verdict: Verdict
    evidence: tuple[str, ...] = ()
    mandatory: bool = True
    hint: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing may be written because of it."""
        return self.verdict in (Verdict.FAILED, Verdict.UNKNOWN)


class Permission(Struct, frozen=True, rename="camel"):
    """A right that is needed: ``allowed`` is None when the server would not say, and why."""

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""
    allowed: bool | None = None
    reason: str = ""

    def __str__(self) -> str:
        """``patch daemonsets.apps cloud-controller-manager in kube-system``."""
        what = f"{self.resource}.{self.group}" if self.group else self.resource
        return " ".join(filter(None, (self.verb, what, self.name, "in", self.namespace)))


class Refusal(Struct, frozen=True):
    """Why there can be no plan: an RT code, what was found, and what to do; ``more`` are other
    reasons, so that all are known at once.
    """

    code: str
    reason: str
    hint: str
    more: tuple[Refusal, ...] = ()


class Change(Struct, frozen=True):
    """One write: an object as it is and as it is to be; None stands for one that is not there.

    ``undo`` is how to undo this very change. Objects may hold credentials.
    """

    kind: str
    namespace: str
    name: str
    before: Object | None
    after: Object | None
    undo: WorkloadUndo | ConfigMapUndo | None = None

    def __str__(self) -> str:
        """``ConfigMap kube-system/cloud-config``."""
        return f"{self.kind} {self.namespace}/{self.name}"

    def __repr__(self) -> str:
        """Nothing of what the objects hold."""
        return f"Change({self})"


class Plan(Struct, frozen=True):
    """All writes in their order, told as ``steps``; ``notes`` are what an operator should know.

    ``tables`` are the ids that the list will hold, ``was`` and ``now`` the list itself (None: no
    list). ``image`` is the image that CCM will have. A plan without a change has nothing to do but
    to wait, if ``rolling``: pods of CCM are being replaced already, for the list that is there.
    """

    tables: tuple[str, ...]
    changes: tuple[Change, ...]
    steps: tuple[str, ...]
    was: str | None
    now: str | None
    image: str
    notes: tuple[str, ...] = ()
    rolling: bool = False

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.changes)

    def change(self, kind: str) -> Change | None:
        """The change of an object of that kind (ConfigMap, DaemonSet, Deployment), or None."""
        return next((one for one in self.changes if one.kind == kind), None)

    @property
    def workload(self) -> Change | None:
        """The change of CCM's workload, or None."""
        return self.change("DaemonSet") or self.change("Deployment")
