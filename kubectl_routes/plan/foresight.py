"""The cluster as it will be once a plan has been carried out, for asking the analysis about it."""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.plan import Object, Plan
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.undo import WorkloadUndo
from kubectl_routes.plan.listing import fresh
from kubectl_routes.plan.pods import container_of
from kubectl_routes.plan.wiring import FLAG, KEY, PLACES


def project(snapshot: Snapshot, plan: Plan, config_map: Object | None) -> Snapshot:
    """The Snapshot with CCM as the plan leaves it, about to start.

    ``config_map`` is the ConfigMap as it is now. The text of cloud-config in the result holds
    whatever secrets the plan's does: it is for looking ahead, never for keeping.
    """
    controller = snapshot.controller
    change, listed = plan.workload, plan.change("ConfigMap")
    words: tuple[tuple[str, ...], tuple[str, ...]] = (controller.command, controller.args)
    source = controller.cloud_config or CloudConfig(ConfigSourceKind.NO_FLAG)
    key = source.key
    if change is not None and change.after is not None:
        container = container_of(change.after, controller.container)
        words = (
            _expanded(controller, container, "command"),
            _expanded(controller, container, "args"),
        )
        if isinstance(change.undo, WorkloadUndo):
            key = change.undo.config_map.partition("/")[2]
    held = listed.after if listed is not None else config_map
    text = ((held or {}).get("data") or {}).get(key)
    config = CloudConfig(ConfigSourceKind.CONFIG_MAP, text=text, missing=text is None)
    if not any(FLAG in word for word in words[0] + words[1]):
        config = CloudConfig(ConfigSourceKind.NO_FLAG)
    return structs.replace(
        snapshot,
        controller=structs.replace(
            controller,
            image=plan.image,
            command=words[0],
            args=words[1],
            cloud_config=config,
            observed_generation=0,
            desired=0,
            updated=0,
            ready=0,
            available=0,
            pods=(),
            events=(),
        ),
    )


def _expanded(controller: Controller, container: Object, name: str) -> tuple[str, ...]:
    """The words of a container, with ``$(NAME)`` expanded in those that stand in the cluster."""
    known = dict(zip(controller.written, controller.command + controller.args, strict=False))
    return tuple(known.get(word, word) for word in container.get(name) or ())


def project_managed(snapshot: Snapshot, version: str, tables: tuple[str, ...]) -> Snapshot:
    """The Snapshot of a managed cluster as if its CCM stood in it, with that release and list, and
    the flags that ACK is known to give it.
    """
    return structs.replace(
        snapshot,
        controller=Controller(
            kind=ControllerKind.DAEMON_SET,
            image=f"managed:{version}",
            command=(
                f"--cluster-cidr={snapshot.cluster.cluster_cidr}",
                f"{FLAG}={PLACES[0]}/{KEY}",
            ),
            cloud_config=CloudConfig(ConfigSourceKind.CONFIG_MAP, text=fresh(",".join(tables))),
        ),
    )
