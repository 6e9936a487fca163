"""Carrying out a repair: route entries and nodes, then CCM's own objects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from kubectl_routes.apply.events import record
from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.nodes import clear_mark
from kubectl_routes.apply.repair_record import RecordFile
from kubectl_routes.apply.route_entries import RouteEntries, check_unchanged
from kubectl_routes.apply.session import Session
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.collect.aliyun_client import NoResponseError
from kubectl_routes.model.command import command
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, RoutesError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Plan
from kubectl_routes.model.repair import EntryChange, NodeChange, RepairPlan
from kubectl_routes.model.undo import HistoryEntry

Object = dict[str, Any]


class RepairApplier:
    """Remembers what it has written, so that it can roll that back.

    ``region`` is where the route tables are, ``record_file`` the file in which entries are written
    down before they are deleted. ``written`` are the names of entries that were deleted or created,
    ``impossible`` is why entries cannot be created, by their names.
    """

    def __init__(
        self, session: Session, tell: Callable[[str], None], show: Callable[[str], None]
    ) -> None:
        self._session = session
        self._tell = tell
        self._inside = Executor(session, tell, show)
        self._entries: list[EntryChange] = []
        self._nodes: list[NodeChange] = []
        self.region = ""
        self.written: set[str] = set()
        self.impossible: dict[str, str] = {}
        self.record_file: RecordFile | None = None

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back."""
        return bool(self._entries) or self._inside.has_written

    def forget(self) -> None:
        """What was written until now is verified, and is not rolled back any more."""
        self._entries.clear()
        self._nodes.clear()
        self._inside.forget()

    def dry_run(self, plan: Plan) -> None:
        """Ask for the right to write entries, of the first of them; then every other write as a dry
        run. Raises RoutesError.
        """
        entries, nodes = _parts(plan)
        if entries:
            with closing(self._session.vpc(self.region)) as api:
                RouteEntries(api, self._session.clock).check(entries[0])
        for change in nodes:
            clear_mark(self._session, change, dry=True)
        self._inside.dry_run(plan)

    def apply(self, plan: Plan) -> None:
        """Every write in its order; what was written before a failure stays written. Raises
        RoutesError.
        """
        entries, nodes = _parts(plan)
        if entries:
            with closing(self._session.vpc(self.region)) as api:
                for change in entries:
                    self._write_entry(RouteEntries(api, self._session.clock), change)
        for node in nodes:
            clear_mark(self._session, node)
            self._nodes.append(node)
            self._tell(message("Node {name} changed", name=node.name))
        self._inside.apply(plan)

    def _write_entry(self, entries: RouteEntries, change: EntryChange) -> None:
        """Delete or create an entry, unless it is as it should be already."""
        now = entries.now(change)
        if (now is not None) == change.create:
            if now is not None:
                check_unchanged(change, now)
            return
        if now is not None:
            check_unchanged(change, now)
            if self.record_file is not None:
                self.record_file.add(change)
        # Noted first: an interrupt may come between the write and its answer.
        self._entries.append(change)
        try:
            impossible = entries.create(change) if change.create else entries.delete(change)
        except CloudError as error:
            if not isinstance(error, NoResponseError):
                self._entries.pop()
                if self.record_file is not None and not change.create:
                    self.record_file.drop(change)
            raise
        if impossible:
            self._entries.pop()
            self.impossible[change.name] = impossible
            return
        self.written.add(change.name)
        self._tell(
            message("RouteEntry {name} created", name=change.name)
            if change.create
            else message("RouteEntry {name} deleted", name=change.name)
        )

    def wait(self, controller: Controller, plan: Plan, until: float) -> None:
        """Wait for CCM's new pods. Raises RoutesError."""
        self._inside.wait(controller, plan, until)

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """Take back every write of this run but those of nodes, which say what is true; what had to
        stay. Raises RoutesError.
        """
        left, failure = self._entries_back()
        left += self._inside.roll_back(entry)
        if failure is not None:
            raise failure
        self._entries.clear()
        left += [
            message("Node {node}: its routes are there", node=node.name) for node in self._nodes
        ]
        self._nodes.clear()
        return tuple(left)

    def _entries_back(self) -> tuple[list[str], RoutesError | None]:
        """Take back every write of an entry; what had to stay, and the first failure."""
        left: list[str] = []
        failure: RoutesError | None = None
        if not self._entries:
            return left, failure
        with closing(self._session.vpc(self.region)) as api:
            entries = RouteEntries(api, self._session.clock)
            for change in reversed(self._entries):
                try:
                    left += self._entry_back(entries, change)
                except RoutesError as error:
                    failure = failure or error
        return left, failure

    def _entry_back(self, entries: RouteEntries, change: EntryChange) -> tuple[str, ...]:
        now = entries.now(change)
        if now is not None:
            try:
                check_unchanged(change, now)
            except ChangedMeanwhile:
                return (
                    message(
                        "{change} leads to {hop} now", change=change.name, hop=next_hop_text(now)
                    ),
                )
        if (now is None) != change.create:
            impossible = entries.delete(change) if change.create else entries.create(change)
            if impossible:
                return (impossible,)
            self._tell(message("RouteEntry {name} rolled back", name=change.name))
        if self.record_file is not None and not change.create:
            self.record_file.drop(change)
        return ()

    def recover(self, controller: Controller, plan: Plan, until: float) -> str:
        """Wait until CCM works as before; a clause that says so. Raises RoutesError."""
        return self._inside.recover(controller, plan, until)

    def record(self, subject: Object, entry: HistoryEntry) -> None:
        """Write an Event on CCM's workload, where that is in the cluster. Raises ClusterError."""
        if subject:
            record(self._session.client(), subject, entry)

    def manual_commands(self, controller: Controller, plan: Plan) -> list[str]:
        """What an operator would type to get back to where it began."""
        entries, _ = _parts(plan)
        lines = self._inside.manual_commands(controller, plan)
        if entries and self.record_file is not None:
            file = str(self.record_file.path)
            undo = command("kubectl routes repair --undo={file}", {"file": file})
            lines += [f"  {undo}"] if undo else []
        return lines


def _parts(plan: Plan) -> tuple[tuple[EntryChange, ...], tuple[NodeChange, ...]]:
    return (plan.entries, plan.nodes) if isinstance(plan, RepairPlan) else ((), ())
