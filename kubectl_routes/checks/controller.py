"""How CCM is installed, and whether it runs: RT102, RT109 to RT113, RT115, RT119."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_routes.ccm.known_faults import known_faults
from kubectl_routes.ccm.start import FAILED_WAITS
from kubectl_routes.ccm.start import half_rolled_out
from kubectl_routes.ccm.start import kept_read_only
from kubectl_routes.ccm.words import WAITS_TO_LEAD
from kubectl_routes.checks.case import YOUNG
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import cell_facts
from kubectl_routes.checks.evidence import last_words
from kubectl_routes.checks.evidence import pod_fact
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Fact
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.controller import ControllerPod
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.moments import seconds_between

_ON_DELETE = "OnDelete"
_SWITCHES = ("configure-cloud-routes", "controllers")
_GITOPS = re.compile(r"(?i)argo-?cd|flux|helm-controller|kustomize-controller|fleet|rancher")


def refused_config(case: Case) -> Found:
    """RT102: cloud-config does not parse for this CCM."""
    failing = tuple(pod for pod in case.snapshot.controller.pods if not pod.ready)
    return _from_obstacle(case, "RT102", (case.config_object,), more=_pod_facts(case, failing))


def outdated_config(case: Case) -> Found:
    """RT109: cloud-config was changed after CCM had read it."""
    cells = case.cells("RT109")
    return _from_obstacle(
        case,
        "RT109",
        (case.config_object, case.workload),
        severity=None if cells else Severity.WARNING,
        how="manual" if case.snapshot.controller.update_strategy == _ON_DELETE else "",
    )


def unwired_config(case: Case) -> Found:
    """RT110: cloud-config does not reach CCM: flag, volume, mount, key, read-only parent."""
    kept = kept_read_only(case.snapshot.controller)
    if case.obstacle("RT110") is None and kept:
        pods = tuple(ObjectRef("Pod", f"{case.values['namespace']}/{name}") for name in kept)
        facts = _pod_facts(case, tuple(p for p in case.snapshot.controller.pods if p.name in kept))
        return (Hit(pods, "read-only", Severity.WARNING, evidence=facts),)
    failing = tuple(pod for pod in case.snapshot.controller.pods if not pod.ready)
    return _from_obstacle(case, "RT110", (case.workload,), more=_pod_facts(case, failing))


def routes_off(case: Case) -> Found:
    """RT111: cloud routes are switched off; an overlay network does well without them."""
    needed = case.snapshot.cluster.cni == "flannel"
    severity = None if needed else Severity.WARNING
    variant = "" if needed else "unknown"
    values = case.examined.ccm.settings.values
    given = [f"--{name}={values[name]}" for name in _SWITCHES if name in values]
    facts = (fact("flags", workload=case.values["workload"], flags=" ".join(given)),)
    return _from_obstacle(
        case, "RT111", (case.workload,), severity=severity, variant=variant, more=facts
    )


def not_running(case: Case) -> Found:
    """RT112: CCM is absent, exits, crashes, is not ready, or nobody leads."""
    obstacle = case.obstacle("RT112")
    controller = case.snapshot.controller
    if obstacle is None:
        return _partly(case) or _leaderless(case)
    if case.obstacle("RT102") or case.obstacle("RT110"):
        return ()  # that is why
    failing = tuple(pod for pod in controller.pods if not pod.ready)
    facts = _pod_facts(case, failing)
    return _from_obstacle(case, "RT112", (case.workload,), more=facts)


def release(case: Case) -> Found:
    """RT113: too old for several tables, or a release with a known fault."""
    ccm, version = case.examined.ccm, case.examined.ccm.version
    old = case.obstacle("RT113")
    if version is None:
        return None if case.visible else ()
    facts = (fact("release", version=version, image=case.snapshot.controller.image),)
    if old is not None:
        cells = case.cells("RT113")
        evidence = (*facts, *cell_facts(cells))
        return (Hit((case.workload,), "old", evidence=evidence, cells=cells),)
    keyed = ccm.keyed
    hits = []
    for one in known_faults(version, keyed=keyed):
        grave = one.name == "token"
        proof = words(case, "RT113") if grave else ()
        severity = Severity.WARNING if grave else Severity.INFO
        values = {"target": _image(case, one.tag), "mended": str(one.mended)}
        hits.append(Hit((case.workload,), one.name, severity, values, evidence=(*facts, *proof)))
    return tuple(hits)


def old_pods(case: Case) -> Found:
    """RT115: pods still run the old spec."""
    controller = case.snapshot.controller
    if not case.visible or not half_rolled_out(controller):
        return ()
    manual = controller.update_strategy == _ON_DELETE
    evidence = fact(
        "rollout",
        updated=controller.updated,
        desired=controller.desired,
        strategy=controller.update_strategy or "?",
    )
    return (
        Hit(
            objects=(case.workload,),
            variant="" if manual else "rolling",
            severity=Severity.ERROR if manual else Severity.WARNING,
            values={"behind": str(controller.desired - controller.updated)},
            each=tuple({"pod": pod.name} for pod in controller.pods),
            evidence=(evidence,),
        ),
    )


def other_manager(case: Case) -> Found:
    """RT119: somebody else owns the workload and will revert a change."""
    owners = [name for name in case.snapshot.controller.managers if _GITOPS.search(name)]
    if not owners:
        return ()
    evidence = tuple(fact("manager", manager=name) for name in owners)
    return (Hit((case.workload,), values={"manager": owners[0]}, evidence=evidence),)


def _from_obstacle(
    case: Case,
    code: str,
    objects: tuple[ObjectRef, ...],
    *,
    severity: Severity | None = None,
    variant: str = "",
    more: tuple[Fact, ...] = (),
    how: str = "",
) -> Found:
    """The obstacle of that code as a hit, if there is one, with what CCM's pods say to it."""
    obstacle = case.obstacle(code)
    if obstacle is None:
        return ()
    cells = case.cells(code)
    return (
        Hit(
            objects=objects,
            variant=variant or obstacle.variant,
            severity=severity,
            values=obstacle.values,
            each=tuple({"pod": pod.name} for pod in case.snapshot.controller.pods),
            evidence=(*more, *_besides(more, words(case, code)), *cell_facts(cells)),
            cells=cells,
            how=how,
        ),
    )


def _besides(given: tuple[Fact, ...], found: tuple[Fact, ...]) -> Iterator[Fact]:
    """What was found, but for records of a log of which the line that matters is given already."""
    lines = [(one.values["pod"], one.values["line"]) for one in given if one.phrase == "log"]
    for one in found:
        pod, record = one.values.get("pod"), one.values.get("line", "")
        if not any(pod == wrote and line in record for wrote, line in lines):
            yield one


def _partly(case: Case) -> tuple[Hit, ...]:
    """Some pods work and others do not; one that has just been made may still be on its way."""
    controller = case.snapshot.controller
    kept = kept_read_only(controller)
    failing = tuple(
        pod
        for pod in controller.pods
        if not pod.ready
        and pod.name not in kept
        and (pod.waiting in FAILED_WAITS or not _is_young(pod, case.snapshot.time))
    )
    if not failing or case.obstacle("RT102") or case.obstacle("RT110"):
        return ()
    objects = tuple(ObjectRef("Pod", f"{controller.namespace}/{pod.name}") for pod in failing)
    values = {"ready": str(controller.ready), "desired": str(controller.desired)}
    return (Hit(objects, "partly", Severity.WARNING, values, evidence=_pod_facts(case, failing)),)


def _leaderless(case: Case) -> tuple[Hit, ...]:
    """Every pod that is ready ends its log with waiting for the lock."""
    ready = {pod.name for pod in case.snapshot.controller.pods if pod.ready}
    logs = case.snapshot.controller.logs or ()
    last = {log.pod: log.lines[-1].text for log in logs if log.lines and not log.previous}
    waiting = {pod for pod, text in last.items() if WAITS_TO_LEAD.search(text)}
    if not ready or not ready <= waiting:
        return ()
    facts = tuple(fact("log", pod=pod, line=last[pod]) for pod in sorted(ready))
    return (Hit((case.workload,), "leaderless", evidence=some(facts)),)


def _pod_facts(case: Case, pods: tuple[ControllerPod, ...]) -> tuple[Fact, ...]:
    """What state pods are in, and the last words of the first."""
    spoken = last_words(case, pods[0].name) if pods else ()
    return (*some([pod_fact(pod) for pod in pods]), *spoken)


def _is_young(pod: ControllerPod, now: str) -> bool:
    age = seconds_between(pod.started, now)
    return age is not None and age < YOUNG


def _image(case: Case, tag: str) -> str:
    """CCM's own image with another tag: registry and repository are never changed."""
    name = case.snapshot.controller.image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}:{tag}"
