"""What a check is, and what it finds before the catalog puts it into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from kubectl_routes.analyze.attribution import AffectedRoute
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.finding import ObjectRef, Severity


class Evidence(Struct, frozen=True):
    """One piece of evidence: the name of a phrase of the catalog, and what fills it."""

    phrase: str
    values: dict[str, str]


def fact(phrase: str, **values: object) -> Evidence:
    """An Evidence, its values as text; a Message stays one."""
    texts = {name: one if isinstance(one, str) else str(one) for name, one in values.items()}
    return Evidence(phrase, texts)


class RawFinding(Struct, frozen=True):
    """One cause. ``severity`` None is the code's own; ``variant`` chooses among its sentences, and
    among its commands where no ``steps`` name them: commands that follow one another.

    ``values`` fill sentences and commands; ``count`` is the number of objects unless it is given. A
    command is repeated for each of ``each``, and without that for each object that is a node, or
    each pod of CCM. ``cells`` are the cells of the matrix that it explains.
    """

    objects: tuple[ObjectRef, ...] = ()
    variant: str = ""
    severity: Severity | None = None
    values: dict[str, str] = {}
    each: tuple[dict[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cells: tuple[AffectedRoute, ...] = ()
    steps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Count the objects."""
        force_setattr(self, "values", {"count": str(len(self.objects)), **self.values})


# A part of the Snapshot, by its name in documents.
Part = Literal[
    "nodes", "controller", "controller-pods", "controller-logs", "events", "cloud-config",
    "cluster-cidr", "route-tables", "vswitches", "entries/",
]  # fmt: skip
# What a check finds: nothing, or causes; None when it cannot tell although all was read.
Findings = Iterator[RawFinding]
Found = Iterable[RawFinding] | None


class Check(Struct, frozen=True):
    """One check. Where one of ``needs`` (parts of the Snapshot) could not be read and nothing was
    found nevertheless, its answer is unknown. So it is for a gap in one of ``unless``, which a CCM
    of a managed control plane is not. ``always``: it is made even in a cluster that needs
    no routes, such as one with Terway.
    """

    code: str
    run: Callable[[CheckContext], Found]
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    always: bool


def check(
    code: str, *needs: Part, unless: tuple[Part, ...] = (), always: bool = False
) -> Callable[[Callable[[CheckContext], Found]], Check]:
    """Declare a function as the check of a code."""
    return lambda run: Check(code, run, needs, unless, always)
