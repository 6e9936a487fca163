"""``disable`` without an undo record: the list goes, and what enable would have mounted for it."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import (
    UNDO,
)
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.config_map import free_key
from kubectl_routes.plan.disable_changes import change_of, plan_of, read_list, unmounted
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.planner import restarted
from kubectl_routes.plan.pods import (
    Object,
)
from kubectl_routes.plan.undo import (
    Reverted,
    set_annotation,
)

# Where a cloud-config may hold a list that is not read here.
_UNREAD = (ConfigSourceKind.HOST_PATH, ConfigSourceKind.SECRET, ConfigSourceKind.OTHER)


def without_record(controller: Controller, manifests: Manifests) -> Plan | Refusal:
    """Another client has set the list, or both records are lost: the list goes away, and where CCM
    can do without, its wiring. A ConfigMap is never deleted here.
    """
    config = controller.cloud_config
    if config is None or config.source in _UNREAD:
        return _unknown(controller)
    if config.source is not ConfigSourceKind.CONFIG_MAP:
        return plan_of(controller, (), None, None, ())
    was = read_list(manifests.config_map, config.key)
    if not was or _is_settled(manifests.workload, was):
        return plan_of(controller, (), was or None, was or None, ())
    listed = _list_removed(manifests, config.key)
    turned = Reverted(deepcopy(manifests.workload))
    assert listed.after is not None
    if cloud_config_edit.is_bare(listed.after["data"][config.key]):
        turned = unmounted(controller, manifests)
    return _restarted(controller, manifests, listed, turned, was)


def list_alone(controller: Controller, manifests: Manifests) -> Plan | Refusal:
    """The list goes away; flags, mounts and image stay, and the records are deleted with it."""
    config = controller.cloud_config
    if config is None or config.source in _UNREAD:
        return _unknown(controller)
    was = read_list(manifests.config_map, config.key)
    if not was:
        return plan_of(controller, (), None, None, ())
    listed = _list_removed(manifests, config.key)
    turned = Reverted(deepcopy(manifests.workload))
    for value in (listed.after, turned.after):
        assert value is not None
        set_annotation(value, UNDO, None)
    return _restarted(controller, manifests, listed, turned, was)


def _list_removed(manifests: Manifests, key: str) -> Reverted:
    """The ConfigMap without its list; a text that is no JSON is kept beside it."""
    bare = deepcopy(manifests.config_map)
    assert bare is not None
    text = bare["data"][key]
    bare["data"][key] = cloud_config_edit.without_list(text)
    steps = [message("{key}: remove routeTableIDs", key=key)]
    if not cloud_config_edit.is_json(text):
        backup = free_key(bare["data"], key)
        bare["data"][backup] = text
        steps.append(
            message(
                "{key}: rewritten as JSON, the old text is kept under {backup}",
                key=key,
                backup=backup,
            )
        )
    return Reverted(bare, tuple(steps))


def _restarted(
    controller: Controller, manifests: Manifests, listed: Reverted, turned: Reverted, was: str
) -> Plan:
    """Both writes, the workload's with another hash, so that its pods read the new text."""
    assert turned.after is not None
    restarted(turned.after, "list removed")
    turned = Reverted(turned.after, turned.steps or (message("restart the pods"),), turned.left)
    changes = (
        change_of("ConfigMap", manifests.config_map, listed),
        change_of(controller.kind.value, manifests.workload, turned),
    )
    return plan_of(controller, tuple(one for one in changes if one), was, None, turned.left)


def _unknown(controller: Controller) -> Refusal:
    """Nothing records an enable, and whether a list is set cannot be seen."""
    config = controller.cloud_config
    if config is None:
        return Refusal(
            "RT901",
            message("cloud-config could not be read: whether it holds a list is not known"),
            message("kubectl routes diagnose shows why"),
        )
    return Refusal(
        "RT110",
        message(
            "CCM reads its cloud-config from {source} {config}, which is never read:"
            " whether it holds a list is not known",
            source=config.source.value,
            config=config.name,
        ),
        message("remove routeTableIDs there, where it is set, and restart CCM"),
    )


def _is_settled(workload: Object, tables: str) -> bool:
    """Whether this is the list that the last disable or rollback has left, which was there before
    enable and is not to be removed.
    """
    deeds = history_of(workload)
    if not deeds or deeds[-1].action == "enabled":
        return False
    if deeds[-1].action == "disabled":
        return deeds[-1].now == tables
    undone = next((one for one in reversed(deeds) if one.action == "enabled"), None)
    return undone is None or undone.was == tables
