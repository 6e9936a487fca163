"""What the query of a write asks for: dry run, field manager, field validation, force."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes_simulator.kube_status import Problem
from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_status import invalid
from kubectl_routes_simulator.server import Request

_LONGEST_MANAGER = 128
_VALIDATIONS = ("Ignore", "Strict", "Warn")
APPLY_PATCH = "application/apply-patch+yaml"


class WriteOptions(Struct, frozen=True):
    """``manager`` is never empty: without fieldManager it is the first word of the user agent.
    ``validation`` is Ignore, Warn or Strict.
    """

    dry_run: bool = False
    manager: str = "unknown"
    validation: str = "Warn"
    force: bool = False

    @classmethod
    def of(cls, request: Request, kind: str) -> WriteOptions:
        """Read the parameters. ``kind`` is that of the options (``CreateOptions``). Raises Refusal
        (400, 422) for those that can not be.
        """
        manager, force = request.first("fieldManager"), request.first("force")
        if force not in ("", "true", "false", "1", "0"):
            raise bad_request(f'strconv.ParseBool: parsing "{force}": invalid syntax')
        apply = media_type(request) == APPLY_PATCH
        problems = [*_problems(request, manager), *_apply_problems(apply, manager, force)]
        if problems:
            raise invalid("meta.k8s.io", kind, "", problems)
        return cls(
            dry_run="dryRun" in request.query,
            manager=manager or _first_word(request.headers.get("user-agent", "")),
            validation=request.first("fieldValidation") or "Warn",
            force=force in ("true", "1"),
        )


def media_type(request: Request) -> str:
    """The Content-Type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip()


def _first_word(agent: str) -> str:
    printable = "".join(one for one in agent.partition("/")[0] if one.isprintable())
    return printable[:_LONGEST_MANAGER] or "unknown"


def _problems(request: Request, manager: str) -> list[Problem]:
    found = [
        _unsupported("dryRun", value, ("All",))
        for value in request.query.get("dryRun", ())
        if value != "All"
    ]
    if len(manager) > _LONGEST_MANAGER:
        too_long = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        found.append(Problem("fieldManager", "FieldValueTooLong", too_long))
    validation = request.first("fieldValidation")
    if validation not in ("", *_VALIDATIONS):
        found.append(_unsupported("fieldValidation", validation, ("", *_VALIDATIONS)))
    return found


def _apply_problems(apply: bool, manager: str, force: str) -> list[Problem]:
    if apply and not manager:
        needed = "Required value: is required for apply patch"
        return [Problem("fieldManager", "FieldValueRequired", needed)]
    if force and not apply:
        forbidden = "Forbidden: may not be specified for non-apply patch"
        return [Problem("force", "FieldValueForbidden", forbidden)]
    return []


def _unsupported(field: str, value: str, supported: tuple[str, ...]) -> Problem:
    listed = ", ".join(f'"{one}"' for one in supported)
    message = f'Unsupported value: "{value}": supported values: {listed}'
    return Problem(field, "FieldValueNotSupported", message)
