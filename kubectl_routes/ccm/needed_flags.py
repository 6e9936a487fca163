"""Which of CCM's flags must change before it starts and writes routes: all of them, not the first.

Source: what the releases in the public repository kubernetes/cloud-provider-alibaba-cloud check at
start. The manifests of its deploy folder switch routes off and give no --cluster-cidr.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_routes.ccm.cloudconfig import Reading
from kubectl_routes.ccm.flags import Settings
from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.model.message import message

CLUSTER_CIDR = "cluster-cidr"
SWITCH = "configure-cloud-routes"
_CONTROLLERS = "controllers"


class FlagProblem(Enum):
    """What is wrong with a flag."""

    OFF = "off"  # it switches the route controller off
    UNKNOWN = "unknown"  # this release exits on it
    WRONG = "wrong"  # this release exits on its value, or without it
    UNTAGGED = "untagged"  # neither it nor clusterID is given


class FlagChange(Struct, frozen=True):
    """A flag, without dashes, that must have ``value``; None: that must go. ``given`` is its value
    now, empty where it is not given.
    """

    name: str
    value: str | None
    problem: FlagProblem
    given: str = ""

    @property
    def text(self) -> str:
        """The flag as it is written, or its name where it must go."""
        return f"--{self.name}" if self.value is None else f"--{self.name}={self.value}"

    @property
    def described(self) -> str:
        """The flag as it is written, or that it must go."""
        return message("remove {flag}", flag=self.text) if self.value is None else self.text


def needed_flags(
    settings: Settings, behavior: VersionBehavior, reading: Reading | None, cluster_cidr: str
) -> tuple[FlagChange, ...]:
    """Every flag that keeps CCM from starting, or from writing routes, and what it must be.

    ``cluster_cidr`` is the pod CIDR block as the cluster knows it; where that is empty, or is none
    of IPv4, the value is a placeholder. ``reading`` is None where cloud-config could not be read.
    """
    values = settings.values
    off = [change for change in _switched_off(values) if change.name not in behavior.unknown_flags]
    unknown = [
        FlagChange(name, None, FlagProblem.UNKNOWN, values[name])
        for name in behavior.unknown_flags
        if name in values
    ]
    wrong = [] if behavior.yaml else list(_needed_by_v1(settings, reading))
    given = settings.cluster_cidr
    if settings.routes_known and (not given or not (behavior.yaml or "/" in given)):
        block = _ipv4(cluster_cidr) or f"<{CLUSTER_CIDR}>"
        wrong.append(FlagChange(CLUSTER_CIDR, block, FlagProblem.WRONG, given))
    # What depends on a variable that cannot be read may be right.
    return (*off, *unknown, *(change for change in wrong if settings.lacks(change.name)))


def fatal_flags(changes: tuple[FlagChange, ...], *, routes_on: bool) -> tuple[FlagChange, ...]:
    """Those of the needed flags on which CCM exits now: without routes it wants no pod CIDR."""
    return tuple(
        change
        for change in changes
        if change.problem is not FlagProblem.OFF and (routes_on or change.name != CLUSTER_CIDR)
    )


def applied(words: tuple[str, ...], changes: tuple[FlagChange, ...]) -> tuple[str, ...]:
    """Command and args, in one, with the flags changed: the last of a name counts for CCM."""
    gone = tuple(f"--{change.name}" for change in changes if change.value is None)
    kept = [word for word in words if word.partition("=")[0] not in gone]
    return (*kept, *(change.text for change in changes if change.value is not None))


def _switched_off(values: dict[str, str]) -> list[FlagChange]:
    changes = []
    if SWITCH in values and values[SWITCH] not in ("1", "t", "T", "true", "TRUE", "True"):
        changes.append(FlagChange(SWITCH, "true", FlagProblem.OFF, values[SWITCH]))
    names = [name.strip() for name in values.get(_CONTROLLERS, "*").split(",")]
    kept = [name for name in names if name not in ("", "-route")]
    if "route" not in kept and "*" not in kept:
        kept.append("route")
    if kept != names:
        changes.append(
            FlagChange(_CONTROLLERS, ",".join(kept), FlagProblem.OFF, values.get(_CONTROLLERS, ""))
        )
    return changes


def _needed_by_v1(settings: Settings, reading: Reading | None) -> list[FlagChange]:
    changes = []
    provider = settings.values.get("cloud-provider", "")
    if provider != "alicloud":
        changes.append(FlagChange("cloud-provider", "alicloud", FlagProblem.WRONG, provider))
    if not (settings.untagged_allowed or reading is None or reading.cluster_id):
        given = settings.values.get("allow-untagged-cloud", "")
        changes.append(FlagChange("allow-untagged-cloud", "true", FlagProblem.UNTAGGED, given))
    return changes


def _ipv4(cidr: str) -> str:
    """The first IPv4 block of a list; a cluster with two stacks has one of each."""
    blocks = (part.strip() for part in cidr.split(","))
    return next((block for block in blocks if "/" in block and ":" not in block), "")
