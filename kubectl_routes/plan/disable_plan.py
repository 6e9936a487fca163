"""What ``disable`` writes: by the undo records or, without any, by what is there."""

from __future__ import annotations

from kubectl_routes.model.command import command
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import (
    UNDO,
)
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.disable_changes import edit_command
from kubectl_routes.plan.disable_recorded import by_list_record, by_records
from kubectl_routes.plan.disable_unrecorded import list_alone, without_record
from kubectl_routes.plan.pods import (
    Object,
)
from kubectl_routes.plan.undo import (
    config_map_record,
    record_of,
    workload_record,
)


def plan_back(
    controller: Controller,
    manifests: Manifests,
    *,
    restart: bool = False,
    list_only: bool = False,
) -> Plan | Refusal:
    """What to write so that nothing of ``enable`` is left; with ``list_only``, so that the list is
    gone and everything else stays.

    ``controller`` and ``manifests`` tell of the same moment. ``restart``: a CCM pod may have read
    the list although the workload carries no record of it.
    """
    record = workload_record(manifests.workload)
    listed = config_map_record(manifests.config_map)
    if record is None and record_of(manifests.workload):
        return _damaged(manifests.workload)
    if manifests.config_map is not None and listed is None and record_of(manifests.config_map):
        return _damaged(manifests.config_map)
    try:
        if list_only:
            outcome = list_alone(controller, manifests)
        elif record is not None:
            outcome = by_records(controller, manifests, record)
        elif listed is not None:
            outcome = by_list_record(controller, manifests, listed, restart=restart)
        else:
            outcome = without_record(controller, manifests)
    except cloud_config_edit.NotEditable as error:
        return Refusal(
            "RT102",
            message("the cloud-config cannot be edited: {error}", error=error.args[0]),
            message(
                "correct it with {config_map}, then run disable again",
                config_map=edit_command(manifests.config_map, controller),
            ),
        )
    return outcome if isinstance(outcome, Refusal) else _immutable(outcome) or outcome


def _damaged(value: Object) -> Refusal:
    """Its annotation is there, and cannot be applied."""
    metadata = value["metadata"]
    values = {
        "namespace": metadata["namespace"],
        "object": f"{value['kind'].lower()}/{metadata['name']}",
    }
    remove = command(
        "kubectl -n {namespace} annotate {object} {record}-", {**values, "record": UNDO}
    )
    return Refusal(
        "RT110",
        message(
            "the undo record of {kind} {name} cannot be read",
            kind=value["kind"],
            name=metadata["name"],
        ),
        message(
            "remove it with {remove}, then run disable again: it plans without that record",
            remove=remove or "",
        ),
    )


def _immutable(plan: Plan) -> Refusal | None:
    """Why the list of a ConfigMap that must not change cannot be removed; None where it can."""
    change = plan.change("ConfigMap")
    if change is None or change.before is None or change.after is None:
        return None
    same = change.before.get("data") == change.after.get("data")
    if same or not change.before.get("immutable"):
        return None
    values = {"namespace": change.namespace, "object": f"configmap/{change.name}"}
    get = command("kubectl -n {namespace} get {object} -o yaml", values)
    return Refusal(
        "RT110",
        message(
            "ConfigMap {namespace}/{change} is immutable: its list cannot be changed",
            namespace=change.namespace,
            change=change.name,
        ),
        message(
            "save it with {get} > cloud-config.yaml, remove the line immutable:"
            " true, replace it with kubectl replace --force -f cloud-config.yaml,"
            " then run disable again",
            get=get or "",
        ),
    )
