"""What a check found, before the catalogue puts it into words."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.analyze.attribution import AffectedRoute
from kubectl_routes.model.finding import ObjectRef, Severity


class Evidence(Struct, frozen=True):
    """One piece of evidence: the name of a phrase of the catalogue, and what fills it."""

    phrase: str
    values: dict[str, str]


def fact(phrase: str, **values: object) -> Evidence:
    """A Evidence, its values as text."""
    return Evidence(phrase, {name: str(value) for name, value in values.items()})


class RawFinding(Struct, frozen=True):
    """One cause. ``severity`` None is the code's own; ``variant`` chooses among its sentences, and
    among its commands where no ``steps`` name them: commands that follow one another.

    ``values`` fill sentences and commands; a command is repeated for each of ``each``. ``cells``
    are the cells of the matrix that it explains.
    """

    objects: tuple[ObjectRef, ...] = ()
    variant: str = ""
    severity: Severity | None = None
    values: dict[str, str] = {}
    each: tuple[dict[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cells: tuple[AffectedRoute, ...] = ()
    steps: tuple[str, ...] = ()


# What a check found: nothing, or causes; None when it cannot tell although all was read.
Found = tuple[RawFinding, ...] | None
