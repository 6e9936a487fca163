"""Whether CCM starts and runs its route controller at all, and if not, why."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_routes.ccm.cloudconfig import Reading, read, split_ids
from kubectl_routes.ccm.needed_flags import FlagChange, FlagProblem
from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    ControllerPod,
)
from kubectl_routes.model.matrix import ConfigState
from kubectl_routes.model.message import message
from kubectl_routes.model.moments import seconds_between

# Seconds between two refreshes of the token that v2 makes of an AccessKey.
_REFRESH = 600
PULL_WAITS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName")
FAILED_WAITS = (
    *PULL_WAITS,
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
)


# The variant of a blocker that no configuration of CCM explains or heals.
NO_IMAGE = "image"


class Blocker(Struct, frozen=True):
    """Why CCM writes no route at all: the finding code, and one clause for people.

    ``variant`` and ``values`` say the same for a catalogue in any language.
    """

    code: str
    reason: str
    variant: str = ""
    values: dict[str, str] = {}


class Config(Struct, frozen=True):
    """cloud-config as this CCM finds it. ``reading`` is None where it could not be
    read, perhaps not even by CCM.
    """

    state: ConfigState
    reading: Reading | None
    blocker: Blocker | None


def find_config(source: CloudConfig | None, behavior: VersionBehavior) -> Config:
    """How this CCM comes to its configuration."""
    if source is None:
        return Config(ConfigState.UNREADABLE, None, None)
    if source.source is ConfigSourceKind.NO_FLAG:
        if not behavior.config_required:
            return Config(ConfigState.ABSENT, Reading(), None)
        return _absent(
            message("--cloud-config is not given, and this CCM exits without it"), "no-flag"
        )
    if source.source is ConfigSourceKind.NOT_MOUNTED:
        reason = message(
            "no volume is mounted at {path}, the file that --cloud-config names", path=source.path
        )
        return _absent(reason, "not-mounted", path=source.path)
    if source.missing:
        place = f"{source.source.value} {source.namespace}/{source.name}"
        if not source.key:
            reason = message("{place} puts no file at {path}", place=place, path=source.path)
            return _absent(reason, "no-file", place=place, path=source.path)
        if source.resource_version:
            reason = message("{place} has no key {key}", place=place, key=source.key)
            return _absent(reason, "no-key", place=place, key=source.key)
        return _absent(message("{place} does not exist", place=place), "no-object", place=place)
    if source.text is None:
        return Config(ConfigState.UNREADABLE, None, None)
    # Where the real text is refused, the redacted one may be at another place.
    refused = (source.refusals or {}).get("yaml" if behavior.yaml else "json", "")
    reading = Reading(error=refused) if refused else read(source.text, behavior)
    if reading.error:
        return Config(
            ConfigState.INVALID,
            None,
            Blocker(
                "RT102",
                message("CCM rejects cloud-config: {error}", error=reading.error),
                values={"error": reading.error},
            ),
        )
    return Config(ConfigState.OK, reading, None)


def _absent(reason: str, variant: str, **values: str) -> Config:
    return Config(ConfigState.ABSENT, None, Blocker("RT110", reason, variant, values))


def refusals(
    controller: Controller, fatal: tuple[FlagChange, ...], config: Config
) -> tuple[Blocker, ...]:
    """All that keeps CCM from starting, the first that it stumbles over first. ``fatal`` are the
    flags on which it exits.
    """
    found = (
        config.blocker,
        *(_flag_blocker(change) for change in fatal),
        read_only_parent(controller),
    )
    return tuple(filter(None, found))


def _flag_blocker(change: FlagChange) -> Blocker:
    """Why CCM exits on a flag."""
    name = f"--{change.name}"
    if change.problem is FlagProblem.UNKNOWN:
        reason = message("this CCM exits on {name}, a flag of other versions", name=name)
        return Blocker("RT112", reason, "unknown-flag", {"flag": name})
    if change.problem is FlagProblem.UNTAGGED:
        reason = message("CCM v1 exits with neither --allow-untagged-cloud nor clusterID")
        return Blocker("RT112", reason, "untagged")
    reason = (
        message("CCM exits because {name} is {given}", name=name, given=repr(change.given))
        if change.given
        else (message("CCM exits because {name} is not given", name=name))
    )
    return Blocker("RT112", reason, "bad-flag", {"flag": name, "value": change.given})


# What the container runtime says when it cannot make a mount point inside a read-only mount.
_READ_ONLY = re.compile(r"read-only file system", re.IGNORECASE)


def kept_read_only(controller: Controller) -> tuple[str, ...]:
    """The pods that cannot start because cloud-config is mounted inside a read-only mount."""
    return tuple(
        pod.name for pod in controller.pods if not pod.ready and _READ_ONLY.search(pod.message)
    )


def read_only_parent(controller: Controller) -> Blocker | None:
    """The evidence that no pod starts because a mount point is missing, or None."""
    kept = kept_read_only(controller)
    if not kept or any(pod.ready for pod in controller.pods):
        return None
    return Blocker(
        "RT110",
        message("pod {kept}: a mount lies inside a read-only one", kept=kept[0]),
        "read-only",
    )


def not_running(controller: Controller) -> Blocker | None:
    """The evidence that no CCM pod works now, or None.

    A workload whose status is not filled in yet (a cluster without the controller for it, a
    workload just created) is no evidence.
    """
    if controller.ready or any(pod.ready for pod in controller.pods):
        return None
    failing = next((pod for pod in controller.pods if pod.waiting in FAILED_WAITS), None)
    if failing is not None:
        reason = message(
            "CCM is not running: pod {failing} is in {waiting}",
            failing=failing.name,
            waiting=failing.waiting,
        )
        values = {"pod": failing.name, "state": failing.waiting, "image": controller.image}
        pulls = failing.waiting in PULL_WAITS
        return Blocker("RT112", reason, NO_IMAGE if pulls else "failing", values)
    # A Deployment's number is a wish from its spec, a DaemonSet's is counted by its controller.
    counted = controller.kind is ControllerKind.DAEMON_SET or bool(controller.pods)
    seen = controller.observed_generation > 0
    if controller.desired > 0 and (seen or counted):
        reason = message(
            "CCM is not running: 0 of {desired} pods are ready", desired=controller.desired
        )
        return Blocker("RT112", reason, "not-ready", {"desired": str(controller.desired)})
    if seen:
        return Blocker(
            "RT112", message("CCM is not running: its workload asks for no pod"), "no-pod"
        )
    return None


def outdated(
    controller: Controller, behavior: VersionBehavior, reading: Reading | None, now: str
) -> Blocker | None:
    """The evidence that CCM runs with another cloud-config than the one that is there now, or None.

    CCM reads the file at start; v2 reads it again every ten minutes if its AccessKey is in it.
    Where its log shows the list that it works with, that decides.
    """
    config = controller.cloud_config
    changed = config.changed if config is not None else ""
    refreshed = behavior.yaml and reading is not None and reading.keyed
    told = effective_list(controller, behavior)
    if told is not None and reading is not None:
        late = seconds_between(changed, told.time)
        read_since = refreshed and late is not None and late <= _REFRESH
        if not read_since and told.ids == reading.ids:
            return None
        if not read_since:
            values = {"pod": told.pod, "shown": ",".join(told.ids)}
            reason = message(
                "pod {pod} works with the list {shown}, as its log says",
                pod=told.pod,
                shown=repr(values["shown"]),
            )
            return Blocker("RT109", reason, "log", values)
    if refreshed and (seconds_between(changed, now) or 0) > _REFRESH:
        return None
    for pod in controller.pods:
        if pod.ready and (seconds_between(pod.started, changed) or 0) > 0:
            reason = message(
                "cloud-config was changed at {changed}, after pod {pod} had read it; CCM reads it"
                " at start",
                changed=changed,
                pod=pod.name,
            )
            return Blocker("RT109", reason, "changed", {"changed": changed, "pod": pod.name})
    return None


# v1: using user customized route table ids ([a b]); v2: … ids [a,b], and after every periodic
# reconcile that went well: sync route tables successfully, tables [a,b].
_EFFECTIVE = re.compile(
    r"using user customized route table ids (?:\(\[(?P<v1>[^\]]*)\]\)|\[(?P<v2>[^\]]*)\])"
    r"|sync route tables successfully, tables \[(?P<pass>[^\],]*,[^\]]*)\]"
)


class LoggedList(Struct, frozen=True, order=True):
    """The list that CCM works with, as the log of ``pod`` told it at ``time`` (RFC 3339)."""

    time: str
    pod: str
    ids: tuple[str, ...]


def effective_list(controller: Controller, behavior: VersionBehavior) -> LoggedList | None:
    """The list that the log of a running pod showed last; None when none shows it.

    A sync of one table shows nothing: that may be the VPC's only one.
    """
    running = {pod.name for pod in controller.pods if pod.ready}
    told = [
        LoggedList(line.time, log.pod, ids)
        for log in controller.logs or ()
        if log.pod in running and not log.previous
        for line in log.lines
        if (match := _EFFECTIVE.search(line.text)) is not None
        and (ids := _ids(match, behavior)) is not None
    ]
    return max(told, default=None)


def _ids(match: re.Match[str], behavior: VersionBehavior) -> tuple[str, ...] | None:
    if match["v1"] is not None:
        return tuple(match["v1"].split(" "))
    return split_ids(match["v2"] or match["pass"] or "", behavior)


def half_rolled_out(controller: Controller) -> bool:
    """Whether some CCM pods run an older pod template than the one that everything is judged by."""
    # A Deployment's number is a wish until its controller has looked at it.
    counted = controller.kind is ControllerKind.DAEMON_SET or controller.observed_generation > 0
    return counted and controller.updated < controller.desired


def starts(pods: tuple[ControllerPod, ...]) -> list[str]:
    """When the pods started (RFC 3339); empty when that is not known of every pod."""
    times = [pod.started for pod in pods]
    return times if all(times) else []


def last_start(pods: tuple[ControllerPod, ...]) -> str:
    """When the youngest pod started (RFC 3339); empty when that is not known of every pod."""
    return max(starts(pods), default="")
