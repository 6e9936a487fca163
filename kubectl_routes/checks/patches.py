"""How a change of CCM's pod template is printed: the steps of a finding and what fills them."""

from __future__ import annotations

from kubectl_routes.ccm.needed_flags import FlagChange, FlagProblem
from kubectl_routes.ccm.workload_patch import flag_operations, patch_text
from kubectl_routes.checks.context import CheckContext

_ON_DELETE = "OnDelete"


def flag_steps(
    context: CheckContext, changes: tuple[FlagChange, ...]
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
    return ("delete-pods",) if is_on_delete(context) else ()


def is_on_delete(context: CheckContext) -> bool:
    """Whether the workload's pods are replaced only when they are deleted."""
    return context.snapshot.controller.update_strategy == _ON_DELETE
