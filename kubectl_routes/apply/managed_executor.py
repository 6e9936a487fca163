"""Carrying out a plan on a managed cluster: the record in the cluster, the list in the add-on."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from kubectl_routes.apply.ack_api import NAME, AckApi, ack_route, checked_cluster_id
from kubectl_routes.apply.addon import modify, read_addon, wait_for_change
from kubectl_routes.apply.addon_config import Addon
from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.session import Session
from kubectl_routes.apply.writer import Writer
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import ChangedMeanwhile
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Plan
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.plan.managed_plan import ADDON, Setting


class ManagedExecutor(Executor):
    """Writes plans of a managed cluster: ``cluster_id`` in ``region``, with the key of ``profile``.

    The ACK API has no dry run and no precondition: what it was read as is compared right before the
    write, and the remaining window is described in docs/managed-clusters.md.
    """

    def __init__(
        self,
        session: Session,
        tell: Callable[[str], None],
        show: Callable[[str], None],
        cluster_id: str,
        region: str,
    ) -> None:
        super().__init__(session, tell, show)
        self._cluster_id = checked_cluster_id(cluster_id)
        key = load_key(session.options.profile, session.env)
        route = ack_route(region, session.env)
        self._api = AckApi(
            self._cluster_id,
            key,
            region,
            route,
            session.clock,
            seconds=session.options.request_timeout,
        )
        self._read: Addon | None = None
        self._begun: Addon | None = None
        self._pending: tuple[Addon, str] | None = None

    def setting(self) -> Setting:
        """The add-on as it is now. Raises CloudError."""
        self._read = addon = read_addon(self._api)
        return Setting(self._cluster_id, NAME, addon.version, addon.where, addon.tables)

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back."""
        return self._begun is not None or super().has_written

    def dry_run(self, plan: Plan) -> None:
        """The record only."""
        inside = tuple(change for change in plan.changes if change.kind != ADDON)
        super().dry_run(structs.replace(plan, changes=inside))

    def _write(self, writer: Writer, change: Change) -> None:
        if change.kind != ADDON:
            super()._write(writer, change)
            return
        assert self._read is not None
        assert change.after is not None
        # Noted first: an interrupt may come between the write and its answer.
        self._begun = self._read
        try:
            self._set(self._read, next(iter(change.after["config"].values()), None))
        except ChangedMeanwhile:
            self._begun = None
            raise
        self._tell(message("add-on {name} changed", name=NAME))

    def _set(self, addon: Addon, tables: str | None) -> None:
        after = addon.with_list(tables)
        self._pending = after, modify(self._api, addon, after)

    def wait(self, controller: Controller, plan: Plan, until: float) -> None:  # noqa: ARG002
        """Wait until the add-on has taken the configuration."""
        if self._pending is not None:
            wait_for_change(self._api, *self._pending, until, self._show)

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """The list first; only then the record that leads back to it."""
        if self._begun is not None:
            self._set(read_addon(self._api), self._begun.tables)
            self._begun = None
            self._tell(message("add-on {name} rolled back", name=NAME))
        return super().roll_back(entry)

    def recover(self, controller: Controller, plan: Plan, until: float) -> str:
        """Wait until the add-on is as before."""
        self.wait(controller, plan, until)
        return message("and the add-on is as before")

    def manual_commands(self, plan: Plan) -> list[str]:
        """What to set in the console."""
        back = message("empty") if plan.was is None else quoted(plan.was)
        return [
            message(
                "  ACK console, {cluster_id}, Add-ons, {name}: set routeTableIDs to {back}",
                cluster_id=self._cluster_id,
                name=NAME,
                back=back,
            )
        ]

    def close(self) -> None:
        """End all connections to the ACK API."""
        self._api.close()
