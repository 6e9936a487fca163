"""The cluster as it will be once a plan has been carried out, for asking the checks about it."""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.ccm.assessment import assess
from kubectl_routes.ccm.managers import field_managers
from kubectl_routes.ccm.needed_flags import applied
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    Probe,
)
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.plan import Object, Plan
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_EVENTS,
    PART_LOGS,
    PART_PODS,
    Snapshot,
)
from kubectl_routes.model.undo import WorkloadUndo
from kubectl_routes.plan.cloud_config_edit import fresh
from kubectl_routes.plan.images import TARGET
from kubectl_routes.plan.pods import container_of
from kubectl_routes.plan.wiring import FLAG, KEY, PLACES

# What the CCM of the plan replaces: nothing of it is unknown, and the pods that were are gone.
_REPLACED = frozenset({PART_CLOUD_CONFIG, PART_PODS, PART_EVENTS, PART_LOGS})


def project(snapshot: Snapshot, plan: Plan, config_map: Object | None) -> Snapshot:
    """The Snapshot with CCM as the plan leaves it, about to start.

    ``config_map`` is the ConfigMap as it is now. The text of cloud-config in the result holds
    whatever secrets the plan's does: it is for looking ahead, never for keeping.
    """
    controller = snapshot.controller
    change, listed = plan.workload, plan.change("ConfigMap")
    source = controller.cloud_config or CloudConfig(ConfigSourceKind.NO_FLAG)
    key = source.key
    if change is not None and change.after is not None:
        container = container_of(change.after, controller.container)
        controller = structs.replace(
            with_words(controller, container),
            probes=tuple(_probe(container, probe) for probe in controller.probes),
        )
        if isinstance(change.undo, WorkloadUndo):
            key = change.undo.config_map.partition("/")[2]
    held = (listed.after if listed is not None else config_map) or {}
    metadata = held.get("metadata") or {}
    text = (held.get("data") or {}).get(key)
    config = CloudConfig(
        ConfigSourceKind.CONFIG_MAP,
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", ""),
        text=text,
        missing=text is None,
        managers=field_managers(metadata),
    )
    if not any(FLAG in word for word in controller.command + controller.args):
        config = CloudConfig(ConfigSourceKind.NO_FLAG)
    return _about_to_start(
        snapshot, structs.replace(controller, image=plan.image, cloud_config=config)
    )


def project_list(snapshot: Snapshot, tables: tuple[str, ...], version: str = "") -> Snapshot:
    """The Snapshot as if its CCM read a list of these tables, where there is no plan for that: CCM
    is managed, so that ``version`` says its release, or no plan can be made.

    Its flags are its own; where it is not visible, those that it needs. A release that knows no
    list is taken for the one that it would have to be raised to.
    """
    controller = snapshot.controller
    image = controller.image if controller.visible else f"managed:{version}"
    if not behavior_of(parse_image(image)).lists_tables:
        image = f"raised:{TARGET}"
    config = CloudConfig(ConfigSourceKind.CONFIG_MAP, text=fresh(",".join(tables)))
    if not controller.visible:
        controller = Controller(kind=ControllerKind.DAEMON_SET, args=(f"{FLAG}={PLACES[0]}/{KEY}",))
    seen = _about_to_start(snapshot, structs.replace(controller, image=image, cloud_config=config))
    return seen if snapshot.controller.visible else with_needed_flags(seen)


def with_needed_flags(snapshot: Snapshot) -> Snapshot:
    """The Snapshot as if CCM had all flags that it needs to start and to write routes."""
    controller = snapshot.controller
    changes = assess(snapshot, Networks()).needed_flags
    return structs.replace(
        snapshot,
        controller=structs.replace(
            controller, command=(), args=applied(controller.command + controller.args, changes)
        ),
    )


def with_words(controller: Controller, container: Object) -> Controller:
    """CCM with the command and the args of a container, variables expanded in those words that
    stand in the cluster.
    """
    now = controller.command + controller.args
    known = dict(zip(controller.written, now, strict=False))
    command, args = (tuple(container.get(name) or ()) for name in ("command", "args"))
    return structs.replace(
        controller,
        command=tuple(_expanded(known, word) for word in command),
        args=tuple(_expanded(known, word) for word in args),
        written=command + args if controller.written else (),
    )


def _expanded(known: dict[str, str], word: str) -> str:
    """The word, expanded also where it is a known text of a shell with a flag more."""
    if word in known:
        return known[word]
    begins = (text for text in known if word.startswith(f"{text.rstrip()} "))
    begin = max(begins, key=len, default="")
    return f"{known[begin].rstrip()}{word[len(begin.rstrip()) :]}" if begin else word


def _probe(container: Object, probe: Probe) -> Probe:
    """The probe as the container has it; the number of a named port is the one that was read."""
    port = ((container.get(probe.kind) or {}).get(probe.action) or {}).get("port")
    return structs.replace(probe, port=port) if isinstance(port, int) else probe


def _about_to_start(snapshot: Snapshot, controller: Controller) -> Snapshot:
    return structs.replace(
        snapshot,
        gaps=tuple(gap for gap in snapshot.gaps if gap.part not in _REPLACED),
        controller=structs.replace(
            controller,
            observed_generation=0,
            desired=0,
            updated=0,
            ready=0,
            available=0,
            pods=(),
            events=(),
            logs=(),
        ),
    )
