"""How CCM is installed."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.ccm.assessment import assess
from kubectl_routes.ccm.cloudconfig import is_rewritable
from kubectl_routes.ccm.managers import owners
from kubectl_routes.ccm.needed_flags import FlagChange, applied
from kubectl_routes.ccm.releases import KnownFault, failing_probes, health_ports, known_faults
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.ccm.script import script_place, takes_flag
from kubectl_routes.ccm.startup import half_rolled_out, kept_read_only
from kubectl_routes.ccm.workload_patch import image_operations, patch_text
from kubectl_routes.checks.blockers import from_blocker
from kubectl_routes.checks.check import Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages, pod_facts
from kubectl_routes.checks.remedies import flag_steps, reload_steps, restart_steps
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.networks import Networks

# What kubectl routes enable fixes.
_BY_ENABLE = ("RT101", "RT102", "RT103", "RT110", "RT113")
_SWITCHES = ("configure-cloud-routes", "controllers")


@check("RT102", "controller", "cloud-config", always=True)
def refused_config(context: CheckContext) -> Found:
    """cloud-config does not parse for this CCM."""
    config = context.snapshot.controller.cloud_config
    manual = config is not None and not is_rewritable(config.text or "")
    return from_blocker(
        context,
        "RT102",
        context.config_object,
        variant="by-hand" if manual else "",
        steps=("edit-config", *reload_steps(context)) if manual else (),
        evidence=pod_facts(context, context.failing),
    )


@check("RT109", "controller", "cloud-config", "controller-pods")
def outdated_config(context: CheckContext) -> Found:
    """cloud-config was changed after CCM had read it."""
    return from_blocker(
        context,
        "RT109",
        context.config_object,
        context.workload,
        severity=None if context.cells("RT109") else Severity.WARNING,
        steps=restart_steps(context),
    )


@check("RT110", "controller", "cloud-config", "controller-pods", always=True)
def unwired_config(context: CheckContext) -> Found:
    """CCM cannot load cloud-config: flag, volume, mount, key, read-only parent."""
    kept = kept_read_only(context.snapshot.controller)
    if context.blocker("RT110") is None and kept:
        pods = tuple(ObjectRef("Pod", f"{context.values['namespace']}/{name}") for name in kept)
        facts = pod_facts(context, tuple(pod for pod in context.failing if pod.name in kept))
        return (RawFinding(pods, "read-only", Severity.WARNING, evidence=facts),)
    return from_blocker(
        context,
        "RT110",
        context.workload,
        evidence=pod_facts(context, context.failing),
        steps=("edit",) if _takes_no_flag(context) else (),
    )


def _takes_no_flag(context: CheckContext) -> bool:
    """Whether a shell starts CCM by more than one plain command: enable cannot add a flag there."""
    blocker, controller = context.blocker("RT110"), context.snapshot.controller
    words = controller.command + controller.args
    place = script_place(words)
    if blocker is None or blocker.variant != "no-flag" or place is None:
        return False
    return not takes_flag((controller.written or words)[place])


@check("RT111", "controller")
def routes_off(context: CheckContext) -> Found:
    """Cloud routes are switched off; an overlay network does well without them."""
    need, changes = context.examined.ccm.need, context.examined.ccm.needed_flags
    needed = need.need is Need.NEEDED
    # Of a plugin that is known, its mode may not be.
    doubt = "undecided" if context.snapshot.cluster.cni else "unknown"
    set_flags = context.examined.ccm.settings.values
    given = [f"--{name}={set_flags[name]}" for name in _SWITCHES if name in set_flags]
    # Asked where it is needed only: it assesses CCM, all its nodes included, a second time.
    asked = needed and context.blocker("RT111") is not None
    enable = ("enable",) if asked and needs_enable(context, changes) else ()
    steps, values = flag_steps(context, *changes)
    return from_blocker(
        context,
        "RT111",
        context.workload,
        severity=None if needed else Severity.WARNING,
        variant="" if needed else doubt,
        evidence=(fact("flags", workload=context.values["workload"], flags=" ".join(given)),),
        steps=(*steps, *enable) if needed else (),
        values={**values, "cni": need.plugin},
    )


@check("RT113", "controller", always=True)
def release(context: CheckContext) -> Found:
    """Too old for several tables, or a release with a known fault."""
    ccm, version = context.examined.ccm, context.examined.ccm.version
    if version is None:
        return None if context.visible else ()
    facts = (fact("release", version=version, image=context.snapshot.controller.image),)
    if context.blocker("RT113") is not None:
        cells = context.cells("RT113")
        evidence = (*facts, *cell_facts(cells))
        return (RawFinding((context.workload,), "old", evidence=evidence, cells=cells),)
    faults = known_faults(version, keyed=ccm.keyed)
    if not faults:
        return ()
    steps, upgrade = _upgrade(context, faults)
    messages = matching_messages(context, "RT113")
    return tuple(
        RawFinding(
            (context.workload,),
            fault.name,
            Severity.WARNING if fault.name == "token" else Severity.INFO,
            {**upgrade, "fixed": str(fault.fixed)},
            evidence=(*facts, *messages) if fault.name == "token" else facts,
            steps=steps,
        )
        for fault in faults
    )


def _upgrade(
    context: CheckContext, faults: tuple[KnownFault, ...]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The steps to the first release without any of the faults, its probes moved along."""
    controller, flags = context.snapshot.controller, context.examined.ccm.settings.values
    last = max(faults, key=lambda fault: fault.fixed)
    image = _image(context, last.tag)
    probes = failing_probes(last.fixed, flags, controller.probes)
    port = health_ports(last.fixed, flags)[0]
    patch = patch_text(image_operations(controller, image, probes, port)) if probes else ""
    steps = ("patch" if probes else "image", *restart_steps(context))
    return steps, {"target": image, "patch": patch}


def _image(context: CheckContext, tag: str) -> str:
    """CCM's own image with another tag: registry and repository are never changed."""
    name = context.snapshot.controller.image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}:{tag}"


@check("RT115", "controller", always=True)
def old_pods(context: CheckContext) -> Findings:
    """Pods still run the old spec."""
    controller = context.snapshot.controller
    if not context.visible or not half_rolled_out(controller):
        return
    manual = context.on_delete
    yield RawFinding(
        objects=(context.workload,),
        variant="" if manual else "rolling",
        severity=Severity.ERROR if manual else Severity.WARNING,
        values={"behind": str(controller.desired - controller.updated)},
        evidence=(
            fact(
                "rollout",
                updated=controller.updated,
                desired=controller.desired,
                strategy=controller.update_strategy or "?",
            ),
        ),
    )


@check("RT119", "controller", always=True)
def other_manager(context: CheckContext) -> Findings:
    """Another tool owns CCM's workload or its ConfigMap, and will revert a change."""
    found = owners(context.snapshot.controller)
    objects = dict.fromkeys(ObjectRef(owner.kind, owner.name) for owner in found)
    values = {
        "manager": ", ".join(dict.fromkeys(owner.manager for owner in found)),
        "objects": ", ".join(f"{ref.kind} {ref.name}" for ref in objects),
    }
    evidence = tuple(
        fact("manager", manager=owner.manager, object=f"{owner.kind} {owner.name}")
        for owner in found
    )
    if found:
        yield RawFinding(tuple(objects), values=values, evidence=evidence)


@check("RT120", "controller", always=True)
def several(context: CheckContext) -> Findings:
    """More than one workload runs CCM with cloud routes; an error where routes are wrong."""
    others, scope = context.snapshot.controller.others, context.snapshot.controller.scope
    if not others:
        return
    objects = tuple(ObjectRef(*other.split(" ", 1)) for other in others)
    limits = (fact("scope", namespace=scope),) if scope else ()
    yield RawFinding(
        (context.workload, *objects),
        severity=Severity.ERROR if context.affected else None,
        values={"others": ", ".join(others)},
        each=tuple(
            {"elsewhere": namespace, "other": f"{ref.kind.lower()}/{name}"}
            for ref in objects
            for namespace, _, name in (ref.name.partition("/"),)
        ),
        evidence=(*(fact("other", other=other) for other in others), *limits),
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
