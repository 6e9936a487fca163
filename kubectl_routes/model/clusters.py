"""Several clusters side by side."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

import msgspec
from msgspec import Struct


class Health(str, Enum):
    """How a cluster is, worst first. INCOMPLETE: a part that the answer depends on was not read."""

    # Text as well, for the keys of a document (see model.matrix.State).

    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    UNHEALTHY = "unhealthy"
    HEALTHY = "healthy"


class ContextError(Struct, frozen=True, rename="camel"):
    """A cluster that could not be read: why, and what to do about it."""

    KIND: ClassVar[str] = "ContextError"

    context: str
    reason: str
    hint: str


class ClusterAnswer(Struct, frozen=True):
    """The answer about one cluster.

    ``columns`` are the values of its line between the context and ``text``, empty for a cluster
    that could not be read; ``weight`` sorts clusters of the same health, the largest first.
    ``document`` is the whole answer as JSON, None unless it is wanted. ``code`` is the exit code.
    """

    context: str
    health: Health
    weight: tuple[int, ...]
    columns: tuple[str, ...]
    text: str
    code: int
    document: bytes | None = None
    hint: str = ""


class RouteStatusList(Struct, frozen=True, rename="camel"):
    """The answer of ``status`` for several clusters, worst first: each a RouteStatus, or a
    ContextError for one that could not be read. ``summary`` counts all clusters by health.
    """

    KIND: ClassVar[str] = "RouteStatusList"

    items: tuple[msgspec.Raw, ...]
    summary: dict[Health, int]


class DiagnosisList(Struct, frozen=True, rename="camel"):
    """The answer of ``diagnose`` for several clusters, worst first: each a Diagnosis, or a
    ContextError for one that could not be read. ``summary`` counts all clusters by health.
    """

    KIND: ClassVar[str] = "DiagnosisList"

    items: tuple[msgspec.Raw, ...]
    summary: dict[Health, int]


def worst_first(answers: list[ClusterAnswer]) -> list[ClusterAnswer]:
    """The answers in the order in which they are shown."""
    order = list(Health)

    def key(one: ClusterAnswer) -> tuple[Any, ...]:
        return (order.index(one.health), tuple(-n for n in one.weight), one.context)

    return sorted(answers, key=key)
