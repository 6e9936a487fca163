"""Whether CCM runs."""

from __future__ import annotations

import re

from kubectl_routes.ccm.log_patterns import VPC_NOT_FOUND, WAITS_TO_LEAD
from kubectl_routes.ccm.needed_flags import FlagChange, fatal_flags
from kubectl_routes.ccm.releases import failing_probes, health_ports
from kubectl_routes.ccm.startup import FAILED_WAITS, NO_IMAGE, kept_read_only
from kubectl_routes.ccm.workload_patch import image_operations, patch_text
from kubectl_routes.checks.blockers import from_blocker
from kubectl_routes.checks.check import Evidence, Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import event_fact, is_recent, pod_fact, pod_facts, records
from kubectl_routes.checks.remedies import flag_steps, template_steps
from kubectl_routes.model.controller import ControllerPod, Probe
from kubectl_routes.model.finding import ObjectRef, Severity

# What is wrong with a CCM that starts: another cause may be behind it.
_RUNTIME = ("failing", "not-ready")
_KILLING = re.compile(r"(?i)\b(?:liveness|startup) probe failed")


@check("RT112", "controller", "controller-pods", unless=("cloud-config", "events"), always=True)
def not_running(context: CheckContext) -> Found:
    """CCM is absent, exits, crashes, is not ready, or has no leader."""
    blocker = context.blocker("RT112")
    if blocker is None or blocker.variant in _RUNTIME:
        if context.blocker("RT102") or context.blocker("RT110"):
            return ()  # that is why
        killed = tuple(_killed_by_probe(context))
        if blocker is None or killed:
            return killed or tuple(_partly(context)) or _leaderless(context)
        return _failing(context)
    facts = pod_facts(context, context.failing)
    changes = fatal_flags(
        context.examined.ccm.needed_flags, routes_on=context.examined.ccm.settings.routes_on
    )
    if not changes or blocker.variant in (NO_IMAGE, "absent"):
        return from_blocker(context, "RT112", context.workload, evidence=facts)
    steps, values = flag_steps(context, *changes)
    several = len(changes) > 1
    return from_blocker(
        context,
        "RT112",
        context.workload,
        variant="flags" if several else "",
        evidence=(*map(_flag_fact, changes), *facts) if several else facts,
        steps=steps,
        values={**values, "count": str(len(changes))},
    )


def _failing(context: CheckContext) -> Found:
    """Its pods do not work, for a reason that may be in their words."""
    facts, lost = pod_facts(context, context.failing), _vpc_not_found(context)
    variant, steps = ("no-vpc", ()) if lost else ("", _looks(context.failing))
    return from_blocker(
        context,
        "RT112",
        context.workload,
        variant=variant,
        evidence=facts,
        steps=steps,
        values=lost,
    )


def _vpc_not_found(context: CheckContext) -> dict[str, str]:
    """Which VPC CCM does not find, and how many it does, as a pod that does not run has said."""
    failing = {pod.name for pod in context.failing}
    texts = [pod.message for pod in context.failing]
    texts += [line.text for pod, line in records(context) if pod in failing]
    matches = [match for text in texts if (match := VPC_NOT_FOUND.search(text)) is not None]
    if not matches:
        return {}
    last = matches[-1]
    return {"found": last["found"], "vpc": last["vpc"] or context.values["vpc"] or "<vpc>"}


def _killed_by_probe(context: CheckContext) -> Findings:
    """A liveness or startup probe fails: it asks another port, or the kubelet's Events say so."""
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
    ended = [pods[name] for name in dict.fromkeys(event.name for event in events)]
    steps: tuple[str, ...] = ("edit",)
    values = {"patch": ""}
    wrong = _wrong_probes(context)
    if wrong and ccm.version is not None:
        port = health_ports(ccm.version, ccm.settings.values)[0]
        patch = patch_text(image_operations(controller, "", wrong, port))
        values = {"patch": patch, "port": str(port), "asked": str(wrong[0].port)}
        steps = template_steps(context, patch)
    if not any(pod.restarts for pod in ended) and not wrong:
        return
    shown = ended or [pod for pod in controller.pods if pod.restarts]
    yield RawFinding(
        (context.workload,),
        "probe" if wrong else "unhealthy",
        Severity.ERROR if ended or not controller.ready else Severity.WARNING,
        values,
        evidence=(*map(pod_fact, shown), *map(event_fact, events[-1:])),
        cells=context.cells("RT112"),
        steps=steps,
    )


def _wrong_probes(context: CheckContext) -> tuple[Probe, ...]:
    """The probes that end a container, and ask where this release does not answer."""
    ccm = context.examined.ccm
    if ccm.version is None:
        return ()
    probes = context.snapshot.controller.probes
    failing = failing_probes(ccm.version, ccm.settings.values, probes)
    return tuple(probe for probe in failing if probe.kind != "readinessProbe")


def _partly(context: CheckContext) -> Findings:
    """Some pods work and others do not; one that has just been made may still be on its way."""
    controller = context.snapshot.controller
    kept = kept_read_only(controller)
    failing = tuple(
        pod
        for pod in context.failing
        if pod.name not in kept
        and (pod.waiting in FAILED_WAITS or not context.is_young(pod.started))
    )
    if not failing:
        return
    yield RawFinding(
        tuple(ObjectRef("Pod", f"{controller.namespace}/{pod.name}") for pod in failing),
        "partly",
        Severity.WARNING,
        {"ready": str(controller.ready), "desired": str(controller.desired)},
        each=({"pod": context.values["pod"]},),
        evidence=pod_facts(context, failing),
        steps=_looks(failing),
    )


def _looks(failing: tuple[ControllerPod, ...]) -> tuple[str, ...]:
    """What shows why a pod does not work: its log before it ended, if it ever ran."""
    return () if failing and failing[0].restarts else ("image",)


def _leaderless(context: CheckContext) -> Findings:
    """Every pod that is ready ends its log with waiting for the lock."""
    ready = {pod.name for pod in context.snapshot.controller.pods if pod.ready}
    logs = context.snapshot.controller.logs or ()
    last = {log.pod: log.lines[-1].text for log in logs if log.lines and not log.previous}
    waiting = {pod for pod, text in last.items() if WAITS_TO_LEAD.search(text)}
    if not ready or not ready <= waiting:
        return
    facts = tuple(fact("log", pod=pod, line=last[pod]) for pod in sorted(ready))
    yield RawFinding((context.workload,), "leaderless", evidence=facts)


def _flag_fact(change: FlagChange) -> Evidence:
    return fact("flag", flag=f"--{change.name}", value=change.given, text=change.text)
