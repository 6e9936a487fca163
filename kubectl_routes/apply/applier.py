"""What carries out a plan: in the cluster, or through the ACK API."""

from __future__ import annotations

from typing import Any, Protocol

from kubectl_routes.model.controller import Controller
from kubectl_routes.model.plan import Plan
from kubectl_routes.model.undo import HistoryEntry


class Applier(Protocol):
    """Every method raises RoutesError. ``until`` is in seconds of the clock's ``monotonic``."""

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back."""

    def dry_run(self, plan: Plan) -> None:
        """Let the servers say whether they would take the writes, as far as they can."""

    def apply(self, plan: Plan) -> None:
        """Every write in its order; what was written before a failure stays written."""

    def wait(self, controller: Controller, plan: Plan, until: float) -> None:
        """Wait until CCM works with what was written."""

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """Take back every write of this run; what had to stay."""

    def recover(self, controller: Controller, plan: Plan, until: float) -> str:
        """Wait until CCM works as before; a clause that says so."""

    def record(self, subject: dict[str, Any], entry: HistoryEntry) -> None:
        """Write an Event about it."""

    def manual_commands(self, controller: Controller, plan: Plan) -> list[str]:
        """The commands that lead back, for an operator to type."""
