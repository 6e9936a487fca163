"""How CCM is installed, and whether it runs: RT102, RT109 to RT113, RT115, RT119, RT120."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_routes.ccm.assessment import assess
from kubectl_routes.ccm.cloudconfig import is_rewritable
from kubectl_routes.ccm.log_patterns import VPC_NOT_FOUND, WAITS_TO_LEAD
from kubectl_routes.ccm.managers import owners
from kubectl_routes.ccm.needed_flags import FlagChange, applied, fatal_flags
from kubectl_routes.ccm.releases import KnownFault, failing_probes, health_ports, known_faults
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.ccm.script import script_place, takes_flag
from kubectl_routes.ccm.startup import FAILED_WAITS, NO_IMAGE, half_rolled_out, kept_read_only
from kubectl_routes.ccm.workload_patch import image_operations, patch_text
from kubectl_routes.checks.context import YOUNG, CheckContext
from kubectl_routes.checks.evidence import (
    cell_facts,
    event_fact,
    is_recent,
    last_log_lines,
    matching_messages,
    pod_fact,
    records,
)
from kubectl_routes.checks.patches import (
    flag_steps,
    is_on_delete,
    reload_steps,
    restart_steps,
    template_steps,
)
from kubectl_routes.checks.raw_finding import Evidence, Found, RawFinding, fact
from kubectl_routes.model.controller import ControllerPod
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.networks import Networks

_ON_DELETE = "OnDelete"
# What is wrong with a CCM that starts: another cause may be behind it.
_RUNTIME = ("failing", "not-ready")
# What kubectl routes enable fixes.
_BY_ENABLE = ("RT101", "RT102", "RT103", "RT110", "RT113")
_KILLING = re.compile(r"(?i)\b(?:liveness|startup) probe failed")
_SWITCHES = ("configure-cloud-routes", "controllers")


def refused_config(context: CheckContext) -> Found:
    """RT102: cloud-config does not parse for this CCM."""
    failing = tuple(pod for pod in context.snapshot.controller.pods if not pod.ready)
    config = context.snapshot.controller.cloud_config
    manual = config is not None and not is_rewritable(config.text or "")
    return _from_blocker(
        context,
        "RT102",
        (context.config_object,),
        variant="by-hand" if manual else "",
        steps=("edit-config", *reload_steps(context)) if manual else (),
        more=_pod_facts(context, failing),
    )


def outdated_config(context: CheckContext) -> Found:
    """RT109: cloud-config was changed after CCM had read it."""
    cells = context.cells("RT109")
    return _from_blocker(
        context,
        "RT109",
        (context.config_object, context.workload),
        severity=None if cells else Severity.WARNING,
        steps=("delete-pods",) if is_on_delete(context) else (),
    )


def unwired_config(context: CheckContext) -> Found:
    """RT110: CCM cannot load cloud-config: flag, volume, mount, key, read-only parent."""
    kept = kept_read_only(context.snapshot.controller)
    if context.blocker("RT110") is None and kept:
        pods = tuple(ObjectRef("Pod", f"{context.values['namespace']}/{name}") for name in kept)
        facts = _pod_facts(
            context, tuple(p for p in context.snapshot.controller.pods if p.name in kept)
        )
        return (RawFinding(pods, "read-only", Severity.WARNING, evidence=facts),)
    failing = tuple(pod for pod in context.snapshot.controller.pods if not pod.ready)
    return _from_blocker(
        context,
        "RT110",
        (context.workload,),
        more=_pod_facts(context, failing),
        steps=("edit",) if _takes_no_flag(context) else (),
    )


def _takes_no_flag(context: CheckContext) -> bool:
    """Whether CCM lacks a flag that enable cannot add: a shell starts it by more than one plain
    command.
    """
    blocker, controller = context.blocker("RT110"), context.snapshot.controller
    words = controller.command + controller.args
    place = script_place(words)
    if blocker is None or blocker.variant != "no-flag" or place is None:
        return False
    return not takes_flag((controller.written or words)[place])


def routes_off(context: CheckContext) -> Found:
    """RT111: cloud routes are switched off; an overlay network does well without them."""
    need = context.examined.ccm.need
    needed = need.need is Need.NEEDED
    severity = None if needed else Severity.WARNING
    variant = "" if needed else _undecided(context)
    values = context.examined.ccm.settings.values
    given = [f"--{name}={values[name]}" for name in _SWITCHES if name in values]
    facts = (fact("flags", workload=context.values["workload"], flags=" ".join(given)),)
    changes = context.examined.ccm.needed_flags
    enable = ("enable",) if needs_enable(context, changes) else ()
    steps, values = flag_steps(context, changes)
    return _from_blocker(
        context,
        "RT111",
        (context.workload,),
        severity=severity,
        variant=variant,
        more=facts,
        steps=(*steps, *enable) if needed else (),
        values={**values, "cni": need.plugin},
    )


def _undecided(context: CheckContext) -> str:
    """Whether the plugin is known, and only its mode is not."""
    return "undecided" if context.snapshot.cluster.cni else "unknown"


def not_running(context: CheckContext) -> Found:
    """RT112: CCM is absent, exits, crashes, is not ready, or has no leader."""
    blocker = context.blocker("RT112")
    controller = context.snapshot.controller
    runtime = blocker is None or blocker.variant in _RUNTIME
    if runtime and (context.blocker("RT102") or context.blocker("RT110")):
        return ()  # that is why
    if blocker is None or runtime:
        killed = _killed_by_probe(context)
        if blocker is None or killed:
            return killed or _partly(context) or _leaderless(context)
    failing = tuple(pod for pod in controller.pods if not pod.ready)
    facts = _pod_facts(context, failing)
    changes = fatal_flags(
        context.examined.ccm.needed_flags, routes_on=context.examined.ccm.settings.routes_on
    )
    lost = _vpc_not_found(context) if blocker.variant in _RUNTIME else None
    if lost is not None:
        return _from_blocker(
            context,
            "RT112",
            (context.workload,),
            variant="no-vpc",
            more=facts,
            values=lost,
        )
    if not changes or blocker.variant in (*_RUNTIME, NO_IMAGE, "absent"):
        steps = _looks(failing) if blocker.variant in _RUNTIME else ()
        return _from_blocker(context, "RT112", (context.workload,), more=facts, steps=steps)
    steps, values = flag_steps(context, changes)
    return _from_blocker(
        context,
        "RT112",
        (context.workload,),
        variant=blocker.variant if len(changes) == 1 else "flags",
        more=facts if len(changes) == 1 else (*map(_flag_fact, changes), *facts),
        steps=steps,
        values={**values, "count": str(len(changes))},
    )


def _vpc_not_found(context: CheckContext) -> dict[str, str] | None:
    """Which VPC CCM does not find, and how many it does, as a pod that does not run has said."""
    controller = context.snapshot.controller
    failing = {pod.name for pod in controller.pods if not pod.ready}
    said = [pod.message for pod in controller.pods if not pod.ready]
    said += [line.text for pod, line in records(context) if pod in failing]
    for text in reversed(said):
        match = VPC_NOT_FOUND.search(text)
        if match is not None:
            return {
                "found": match["found"],
                "vpc": match["vpc"] or context.values["vpc"] or "<vpc>",
            }
    return None


def release(context: CheckContext) -> Found:
    """RT113: too old for several tables, or a release with a known fault."""
    ccm, version = context.examined.ccm, context.examined.ccm.version
    old = context.blocker("RT113")
    if version is None:
        return None if context.visible else ()
    facts = (fact("release", version=version, image=context.snapshot.controller.image),)
    if old is not None:
        cells = context.cells("RT113")
        evidence = (*facts, *cell_facts(cells))
        return (RawFinding((context.workload,), "old", evidence=evidence, cells=cells),)
    faults = known_faults(version, keyed=ccm.keyed)
    if not faults:
        return ()
    steps, upgrade = _upgrade(context, faults)
    raw_findings = []
    for one in faults:
        grave = one.name == "token"
        messages = matching_messages(context, "RT113") if grave else ()
        severity = Severity.WARNING if grave else Severity.INFO
        raw_findings.append(
            RawFinding(
                (context.workload,),
                one.name,
                severity,
                {**upgrade, "fixed": str(one.fixed)},
                evidence=(*facts, *messages),
                steps=steps,
            )
        )
    return tuple(raw_findings)


def old_pods(context: CheckContext) -> Found:
    """RT115: pods still run the old spec."""
    controller = context.snapshot.controller
    if not context.visible or not half_rolled_out(controller):
        return ()
    manual = controller.update_strategy == _ON_DELETE
    evidence = fact(
        "rollout",
        updated=controller.updated,
        desired=controller.desired,
        strategy=controller.update_strategy or "?",
    )
    return (
        RawFinding(
            objects=(context.workload,),
            variant="" if manual else "rolling",
            severity=Severity.ERROR if manual else Severity.WARNING,
            values={"behind": str(controller.desired - controller.updated)},
            each=tuple({"pod": pod.name} for pod in controller.pods),
            evidence=(evidence,),
        ),
    )


def other_manager(context: CheckContext) -> Found:
    """RT119: another tool owns CCM's workload or its ConfigMap, and will revert a change."""
    found = owners(context.snapshot.controller)
    if not found:
        return ()
    objects = dict.fromkeys(ObjectRef(one.kind, one.name) for one in found)
    evidence = tuple(
        fact("manager", manager=one.manager, object=f"{one.kind} {one.name}") for one in found
    )
    values = {
        "manager": ", ".join(dict.fromkeys(one.manager for one in found)),
        "objects": ", ".join(f"{one.kind} {one.name}" for one in objects),
    }
    return (RawFinding(tuple(objects), values=values, evidence=evidence),)


def several(context: CheckContext) -> Found:
    """RT120: more than one workload runs CCM with cloud routes; an error where routes are wrong."""
    others = context.snapshot.controller.others
    if not others:
        return ()
    objects = tuple(ObjectRef(*other.split(" ", 1)) for other in others)
    each = tuple(
        {"elsewhere": one.name.partition("/")[0], "other": f"{one.kind.lower()}/{name}"}
        for one in objects
        for name in (one.name.partition("/")[2],)
    )
    scope = context.snapshot.controller.scope
    limits = (fact("scope", namespace=scope),) if scope else ()
    evidence = (*(fact("other", other=other) for other in others), *limits)
    values = {"others": ", ".join(others)}
    severity = Severity.ERROR if context.affected else None
    about = (context.workload, *objects)
    return (RawFinding(about, "", severity, values, each=each, evidence=evidence),)


def _upgrade(
    context: CheckContext, faults: tuple[KnownFault, ...]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The steps, and the values of their commands, to the first release without any of the faults:
    one image for all of them, and the probes moved along where that release answers elsewhere.
    """
    controller, flags = context.snapshot.controller, context.examined.ccm.settings.values
    last = max(faults, key=lambda fault: fault.fixed)
    image, release = _image(context, last.tag), last.fixed
    probes = failing_probes(release, flags, controller.probes)
    port = health_ports(release, flags)[0]
    patch = patch_text(image_operations(controller, image, probes, port)) if probes else ""
    return ("patch" if probes else "image", *restart_steps(context)), {
        "target": image,
        "patch": patch,
    }


def _killed_by_probe(context: CheckContext) -> tuple[RawFinding, ...]:
    """RT112: the kubelet ends CCM's container because a liveness or startup probe fails: where the
    probe asks another port than this release answers at, or by the kubelet's own Events.
    """
    ccm, controller = context.examined.ccm, context.snapshot.controller
    pods = {pod.name: pod for pod in controller.pods}
    events = [
        event
        for event in controller.events
        if event.kind == "Pod"
        and event.reason == "Unhealthy"
        and event.name in pods
        and _KILLING.search(event.message)
        and is_recent(context, event.last_seen)
    ]
    wrong = (
        failing_probes(ccm.version, ccm.settings.values, controller.probes)
        if ccm.version is not None
        else ()
    )
    wrong = tuple(probe for probe in wrong if probe.kind != "readinessProbe")
    ended = [pods[name] for name in dict.fromkeys(event.name for event in events)]
    if not any(pod.restarts for pod in ended) and not wrong:
        return ()
    facts = [event_fact(event) for event in events[-1:]]
    shown = ended or [pod for pod in controller.pods if pod.restarts]
    values = {"patch": ""}
    steps: tuple[str, ...] = ("edit",)
    if wrong and ccm.version is not None:
        port = health_ports(ccm.version, ccm.settings.values)[0]
        patch = patch_text(image_operations(controller, "", wrong, port))
        values = {"patch": patch, "port": str(port), "asked": str(wrong[0].port)}
        steps = template_steps(context, patch)
    return (
        RawFinding(
            (context.workload,),
            "probe" if wrong else "unhealthy",
            Severity.ERROR if ended or not controller.ready else Severity.WARNING,
            values,
            each=tuple({"pod": pod.name} for pod in controller.pods),
            evidence=(*tuple([pod_fact(pod) for pod in shown]), *facts),
            cells=context.cells("RT112"),
            steps=steps,
        ),
    )


def needs_enable(context: CheckContext, changes: tuple[FlagChange, ...]) -> bool:
    """Whether CCM would write no route with these flags either, because a list or a
    cloud-config is missing: then enable has to follow.
    """
    snapshot = context.snapshot
    given = snapshot.controller.command + snapshot.controller.args
    controller = replace(snapshot.controller, command=(), args=applied(given, changes))
    then = assess(replace(snapshot, controller=controller), Networks())
    return any(blocker.code in _BY_ENABLE for blocker in then.blockers)


def _flag_fact(change: FlagChange) -> Evidence:
    return fact("flag", flag=f"--{change.name}", value=change.given, text=change.text)


def _from_blocker(
    context: CheckContext,
    code: str,
    objects: tuple[ObjectRef, ...],
    *,
    severity: Severity | None = None,
    variant: str = "",
    more: tuple[Evidence, ...] = (),
    steps: tuple[str, ...] = (),
    values: dict[str, str] | None = None,
) -> Found:
    """The blocker of that code, if there is one, with what CCM's pods report about it."""
    blocker = context.blocker(code)
    if blocker is None:
        return ()
    cells = context.cells(code)
    return (
        RawFinding(
            objects=objects,
            variant=variant or blocker.variant,
            severity=severity,
            values={**blocker.values, **(values or {})},
            each=tuple({"pod": pod.name} for pod in context.snapshot.controller.pods),
            evidence=(*more, *_besides(more, matching_messages(context, code)), *cell_facts(cells)),
            cells=cells,
            steps=steps,
        ),
    )


def _besides(given: tuple[Evidence, ...], found: tuple[Evidence, ...]) -> Iterator[Evidence]:
    """What was found, but for records of a log of which the line that matters is given already."""
    lines = [(one.values["pod"], one.values["line"]) for one in given if one.phrase == "log"]
    for one in found:
        pod, record = one.values.get("pod"), one.values.get("line", "")
        if not any(pod == wrote and line in record for wrote, line in lines):
            yield one


def _partly(context: CheckContext) -> tuple[RawFinding, ...]:
    """Some pods work and others do not; one that has just been made may still be on its way."""
    controller = context.snapshot.controller
    kept = kept_read_only(controller)
    failing = tuple(
        pod
        for pod in controller.pods
        if not pod.ready
        and pod.name not in kept
        and (pod.waiting in FAILED_WAITS or not _is_young(pod, context.snapshot.time))
    )
    if not failing or context.blocker("RT102") or context.blocker("RT110"):
        return ()
    objects = tuple(ObjectRef("Pod", f"{controller.namespace}/{pod.name}") for pod in failing)
    values = {"ready": str(controller.ready), "desired": str(controller.desired)}
    return (
        RawFinding(
            objects,
            "partly",
            Severity.WARNING,
            values,
            evidence=_pod_facts(context, failing),
            steps=_looks(failing),
        ),
    )


def _looks(failing: tuple[ControllerPod, ...]) -> tuple[str, ...]:
    """What shows why a pod does not work: its log before it ended, if it ever ran."""
    return () if failing and failing[0].restarts else ("image",)


def _leaderless(context: CheckContext) -> tuple[RawFinding, ...]:
    """Every pod that is ready ends its log with waiting for the lock."""
    ready = {pod.name for pod in context.snapshot.controller.pods if pod.ready}
    logs = context.snapshot.controller.logs or ()
    last = {log.pod: log.lines[-1].text for log in logs if log.lines and not log.previous}
    waiting = {pod for pod, text in last.items() if WAITS_TO_LEAD.search(text)}
    if not ready or not ready <= waiting:
        return ()
    facts = tuple(fact("log", pod=pod, line=last[pod]) for pod in sorted(ready))
    return (RawFinding((context.workload,), "leaderless", evidence=tuple(facts)),)


def _pod_facts(context: CheckContext, pods: tuple[ControllerPod, ...]) -> tuple[Evidence, ...]:
    """What state pods are in, and the last words of the first."""
    spoken = last_log_lines(context, pods[0].name) if pods else ()
    return (*tuple([pod_fact(pod) for pod in pods]), *spoken)


def _is_young(pod: ControllerPod, now: str) -> bool:
    age = seconds_between(pod.started, now)
    return age is not None and age < YOUNG


def _image(context: CheckContext, tag: str) -> str:
    """CCM's own image with another tag: registry and repository are never changed."""
    name = context.snapshot.controller.image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}:{tag}"
