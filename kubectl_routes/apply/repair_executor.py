"""Carrying out a repair: route entries and nodes, then CCM's own objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.nodes import clear_mark
from kubectl_routes.apply.repair_record import RecordFile
from kubectl_routes.apply.route_entries import RouteEntries, check_unchanged
from kubectl_routes.apply.session import Session
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.collect.aliyun_client import NoResponseError
from kubectl_routes.model.command import command
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, RoutesError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Plan
from kubectl_routes.model.repair import EntryChange, NodeChange, RepairPlan
from kubectl_routes.model.undo import HistoryEntry


class RepairExecutor(Executor):
    """Writes a RepairPlan.

    ``region`` is where the route tables are, ``record_file`` the file in which entries are written
    down before they are deleted. ``written`` are the names of entries that were deleted or created,
    ``impossible`` is why entries cannot be created, by their names.
    """

    def __init__(
        self, session: Session, tell: Callable[[str], None], show: Callable[[str], None]
    ) -> None:
        super().__init__(session, tell, show)
        self._entries: list[EntryChange] = []
        self._nodes: list[NodeChange] = []
        self.region = ""
        self.written: set[str] = set()
        self.impossible: dict[str, str] = {}
        self.record_file: RecordFile | None = None

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back: what a node says now is true anyway."""
        return bool(self._entries) or super().has_written

    def forget(self) -> None:
        """What was written until now is verified, and is not rolled back any more."""
        super().forget()
        self._entries.clear()
        self._nodes.clear()

    def dry_run(self, plan: Plan) -> None:
        """Ask for the right to write entries, of the first of them; then every other write."""
        assert isinstance(plan, RepairPlan)
        if plan.entries:
            with self._route_entries() as entries:
                entries.check(plan.entries[0])
        for change in plan.nodes:
            clear_mark(self._session, change, dry=True)
        super().dry_run(plan)

    def apply(self, plan: Plan) -> None:
        """Every write in its order; what was written before a failure stays written."""
        assert isinstance(plan, RepairPlan)
        if plan.entries:
            with self._route_entries() as entries:
                for change in plan.entries:
                    self._write_entry(entries, change)
        for node in plan.nodes:
            clear_mark(self._session, node)
            self._nodes.append(node)
            self._tell(message("Node {name} changed", name=node.name))
        super().apply(plan)

    @contextmanager
    def _route_entries(self) -> Iterator[RouteEntries]:
        with closing(self._session.vpc(self.region)) as api:
            yield RouteEntries(api, self._session.clock)

    def _write_entry(self, entries: RouteEntries, change: EntryChange) -> None:
        """Delete or create an entry, unless it is as it should be already."""
        now = entries.now(change)
        if now is not None:
            check_unchanged(change, now)
        if (now is not None) == change.create:
            return
        if self.record_file is not None:
            self.record_file.add(change)
        # Noted first: an interrupt may come between the write and its answer.
        self._entries.append(change)
        try:
            impossible = entries.write(change, create=change.create)
        except CloudError as error:
            if not isinstance(error, NoResponseError):
                self._entries.pop()
                if self.record_file is not None:
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

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """Roll back every write of this run but those of nodes, which say what is true; what had
        to stay. Where an entry fails, the others and CCM's objects are rolled back nevertheless.
        """
        left: list[str] = []
        failure: RoutesError | None = None
        if self._entries:
            with self._route_entries() as entries:
                for change in reversed(self._entries):
                    try:
                        left += self._entry_back(entries, change)
                    except RoutesError as error:
                        failure = failure or error
        left += super().roll_back(entry)
        if failure is not None:
            raise failure
        left += [
            message("Node {node}: its routes are there", node=node.name) for node in self._nodes
        ]
        self.forget()
        return tuple(left)

    def _entry_back(self, entries: RouteEntries, change: EntryChange) -> tuple[str, ...]:
        now = entries.now(change)
        if now is not None:
            try:
                check_unchanged(change, now)
            except ChangedMeanwhile:
                hop = next_hop_text(now)
                return (message("{change} leads to {hop} now", change=change.name, hop=hop),)
        if (now is None) != change.create:
            impossible = entries.write(change, create=not change.create)
            if impossible:
                return (impossible,)
            self._tell(message("RouteEntry {name} rolled back", name=change.name))
        if self.record_file is not None:
            self.record_file.drop(change)
        return ()

    def manual_commands(self, plan: Plan) -> list[str]:
        """What an operator would type to get back to where it began."""
        assert isinstance(plan, RepairPlan)
        lines = super().manual_commands(plan)
        if plan.entries and self.record_file is not None:
            undo = command(
                "kubectl routes repair --undo={file}", {"file": str(self.record_file.path)}
            )
            lines += [f"  {undo}"] if undo else []
        return lines
