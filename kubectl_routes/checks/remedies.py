"""What a finding advises: the steps that change CCM, and who can take them."""

from __future__ import annotations

import re

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.pages import commands_of
from kubectl_routes.ccm.needed_flags import FlagChange, FlagProblem
from kubectl_routes.ccm.workload_patch import flag_operations, patch_text
from kubectl_routes.checks.check import RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.controller import Controller

# What a person has to edit, and what is only to be waited for.
_LEFT = re.compile(r"kubectl (?:-n \{namespace\} (?:edit|rollout status)|routes status)\b")
# What stands in commands that change a workload, or its pods.
_OF_WORKLOADS = ("{workload}", "routes enable", "delete pod ")
_ENTRIES = "entries"


def flag_steps(
    context: CheckContext, *changes: FlagChange
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The steps that change these flags, and the values of their commands and sentences."""
    patch = patch_text(flag_operations(context.snapshot.controller, changes))
    flags = ", ".join(change.described for change in changes)
    return template_steps(context, patch), {"patch": patch, "flags": flags}


def set_flag(context: CheckContext, name: str, value: str) -> FlagChange:
    """A flag, without dashes, and the value that it should have."""
    given = context.examined.ccm.settings.values.get(name, "")
    return FlagChange(name, value, FlagProblem.WRONG, given)


def template_steps(context: CheckContext, patch: str) -> tuple[str, ...]:
    """The patch, or an edit by hand where there is none; then a restart where that needs one."""
    return ("patch" if patch else "edit", *restart_steps(context))


def reload_steps(context: CheckContext) -> tuple[str, ...]:
    """How CCM's pods are replaced so that they read cloud-config again."""
    return restart_steps(context) or ("restart",)


def restart_steps(context: CheckContext) -> tuple[str, ...]:
    """With updateStrategy OnDelete pods have to be deleted before a new template is used."""
    return ("delete-pods",) if context.on_delete else ()


def is_possible(template: str, controller: Controller) -> bool:
    """Whether a command can do it: without a workload in the cluster there is none to change, and
    pods that no workload manages are changed where they come from.
    """
    if not controller.visible:
        return "{workload}" not in template
    return controller.editable or not any(word in template for word in _OF_WORKLOADS)


def is_repairable(code: str, raw: RawFinding, context: CheckContext) -> bool:
    """Whether ``repair`` does what this finding advises. Where no workload of CCM can be changed,
    only entries can be repaired.
    """
    listed = all_codes()[code]
    editable = context.snapshot.controller.editable
    if not listed.repair or not (editable or listed.theme == _ENTRIES):
        return False
    commands = commands_of(code, raw.variant, raw.steps)
    return bool(commands) and not any(map(_LEFT.match, commands))
