"""Carrying out a plan in the cluster: write, wait for the pods, roll back."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from msgspec import Struct

from kubectl_routes.apply.events import record
from kubectl_routes.apply.rollout import Rollout
from kubectl_routes.apply.session import Session
from kubectl_routes.apply.writer import Altered, Writer, is_done
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.model.command import commands, quoted
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import ChangedMeanwhile, ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Plan
from kubectl_routes.model.undo import FENCE, UNDO, HistoryEntry
from kubectl_routes.plan.annotations import record_of, set_annotation
from kubectl_routes.plan.history import noted
from kubectl_routes.plan.rollback import reverse_change

Object = dict[str, Any]

# How often a write of a rollback is planned again because another client wrote first.
ATTEMPTS = 5


class Written(Struct, frozen=True):
    """A write that was begun, and what the server kept of it: None until it has answered, and for
    an object that was deleted. ``refused``: the server has said that it was not done.
    """

    change: Change
    stored: Object | None = None
    refused: bool = False


class Executor:
    """Writes plans, and remembers what it has written, so that it can roll that back.

    ``tell`` gets one line for every write, ``show`` one for every step of a wait. Every method
    raises RoutesError; ``until`` is in seconds of the clock's ``monotonic``.
    """

    def __init__(
        self, session: Session, tell: Callable[[str], None], show: Callable[[str], None]
    ) -> None:
        self._session = session
        self._tell = tell
        self._show = show
        self._written: list[Written] = []

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back: a write that was refused is not."""
        return any(not written.refused for written in self._written)

    def forget(self) -> None:
        """What was written until now is verified, and is not rolled back any more."""
        self._written.clear()

    def dry_run(self, plan: Plan) -> None:
        """Let the servers say whether they would take the writes, as far as they can."""
        writer = self._session.writer()
        for change in plan.changes:
            writer.dry_run(change)

    def apply(self, plan: Plan) -> None:
        """Every write in its order; what was written before a failure stays written."""
        writer = self._session.writer()
        for change in plan.changes:
            self._write(writer, change)

    def _write(self, writer: Writer, change: Change) -> None:
        # Noted first: an interrupt may come between the write and its answer.
        self._written.append(Written(change))
        try:
            self._written[-1] = Written(change, writer.write(change))
        except ChangedMeanwhile:
            self._written.pop()
            raise
        except ClusterError as error:
            stored = error.stored if isinstance(error, Altered) else None
            self._written[-1] = Written(change, stored, error.refused)
            raise
        self._tell(_done(change))

    def wait(self, controller: Controller, plan: Plan, until: float) -> None:
        """Wait until CCM works with what was written: for its new pods."""
        if plan.workload is not None or plan.rolling:
            Rollout(self._session, controller, until, self._tell, self._show).wait()

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """Roll back every write of this run; ``entry`` is what the history will say of it.

        Returns what had to stay. Where one fails, the others are rolled back nevertheless.
        """
        left: list[str] = []
        failure: ClusterError | None = None
        for written in _order_back(self._written):
            try:
                left += self._take_one_back(written, entry)
            except ClusterError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        self._written.clear()
        return tuple(left)

    def recover(self, controller: Controller, plan: Plan, until: float) -> str:
        """Wait until CCM works as before; a clause that says so."""
        if plan.workload is None:
            return message("and no pod had to be replaced")
        if controller.ready == 0:
            return message("and CCM did not run before either")
        self.wait(controller, plan, until)
        return message("and CCM runs as before")

    def record(self, subject: Object, entry: HistoryEntry) -> None:
        """Write an Event about it on CCM's workload, or what stands for that, if there is one."""
        if subject:
            record(self._session.client(), subject, entry)

    def manual_commands(self, plan: Plan) -> list[str]:
        """What an operator would type to get back to where it began, right in any half-way state.

        ``rollout undo`` is not: behind a rollback it would bring the failed template back.
        """
        return [line for change in reversed(plan.changes) for line in _by_hand(change, plan)]

    def close(self) -> None:
        """End what was opened beside the session: nothing here."""

    def _take_one_back(self, written: Written, entry: HistoryEntry) -> tuple[str, ...]:
        for attempt in range(ATTEMPTS):
            try:
                return self._try_back(written, entry)
            except ChangedMeanwhile:
                if attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError

    def _try_back(self, written: Written, entry: HistoryEntry) -> tuple[str, ...]:
        change, writer = written.change, self._session.writer()
        now = read_object(writer.client, change.kind, change.namespace, change.name)
        if now is not None and change.before is not None and _same(now, change.before):
            # The write never came through. One that got no answer may still be on its way.
            if not written.refused:
                self._fence(writer, change, now)
            return ()
        if now is None and change.before is None and written.stored is None:
            silent = message(
                "{where} is not there; whether the write still arrives is unknown",
                where=str(change),
            )
            return () if written.refused else (silent,)
        # A write whose answer was lost: what is there shows whose it is.
        stored = written.stored or (now if is_done(change, now) else None)
        reversal = reverse_change(change, stored, now)
        if reversal.change is not None:
            writer.write(noted(reversal.change, entry))
            self._tell(message("{where} rolled back", where=str(change)))
        return tuple(reversal.left)

    def _fence(self, writer: Writer, change: Change, now: Object) -> None:
        """Let a write that may still arrive find another resourceVersion than the one it names: the
        object is written twice, and is in the end what it was. Raises ClusterError.
        """
        fenced = deepcopy(now)
        set_annotation(fenced, FENCE, "a write that was given up")
        step = Change(change.kind, change.namespace, change.name, now, fenced)
        stored = writer.write(step) or fenced
        after = deepcopy(stored)
        set_annotation(after, FENCE, None)
        writer.write(Change(change.kind, change.namespace, change.name, stored, after))


def _by_hand(change: Change, plan: Plan) -> list[str]:
    """Lines that lead back behind one write. Those that begin with ``kubectl`` are commands."""
    values = {
        "namespace": change.namespace,
        "object": f"{change.kind.lower()}/{change.name}",
        "tables": plan.was or "",
    }
    lines: tuple[str, ...] = ()
    if change.before is None:
        lines = ("kubectl -n {namespace} delete {object} --ignore-not-found",)
    elif change.after is None:
        lines = ("kubectl routes enable --tables={tables}",) if plan.was else ()
    elif change.kind == "ConfigMap":
        lines = ("kubectl -n {namespace} edit {object}",)
    else:
        values["patch"] = json.dumps(_patch_back(change.before, change.after))
        lines = ("kubectl -n {namespace} patch {object} --type=json --patch={patch}",)
    made = [f"  {line}" for line in commands(lines, values)]
    if change.kind == "ConfigMap" and change.before is not None and change.after is not None:
        back = (
            message("remove routeTableIDs")
            if plan.was is None
            else message("routeTableIDs is {was}", was=quoted(plan.was))
        )
        made.append(message("    so that it holds what it held before: {back}", back=back))
    return made


def _patch_back(before: Object, after: Object) -> list[Object]:
    """The JSON Patch that undoes the change of a workload. Every piece is tested first, so that it
    does nothing to a workload that is back already, or was changed by another client.
    """
    import jsonpatch  # noqa: PLC0415 - only a rollback that failed needs it
    import jsonpointer  # noqa: PLC0415

    target = deepcopy(after)
    target["spec"] = deepcopy(before["spec"])
    set_annotation(target, UNDO, record_of(before) or None)
    patched: list[Object] = []
    state = deepcopy(after)
    for step in jsonpatch.make_patch(after, target).patch:
        if step["op"] in ("remove", "replace"):
            held, path = jsonpointer.resolve_pointer(state, step["path"]), step["path"]
            if isinstance(held, dict) and "name" in held:
                # The server has filled in what the rest of it does not say.
                held, path = held["name"], f"{path}/name"
            patched.append({"op": "test", "path": path, "value": held})
        patched.append(step)
        state = jsonpatch.apply_patch(state, [step])
    return patched


def _order_back(written: list[Written]) -> list[Written]:
    """What was made goes last, when nothing mounts it any more; what was deleted comes first; a
    ConfigMap that was changed is right again before the pods that read it are replaced.
    """

    def place(one: Written) -> int:
        config_map = one.change.kind == "ConfigMap"
        made = one.change.before is None
        return 2 if made else 0 if config_map else 1

    # Sorting is stable: of two writes to one object the later one is reversed first.
    order = written[::-1]
    order.sort(key=place)
    return order


def _same(now: Object, before: Object) -> bool:
    return bool(now["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"])


def _done(change: Change) -> str:
    if change.before is None:
        return message("{object} created", object=str(change))
    if change.after is None:
        return message("{object} deleted", object=str(change))
    return message("{object} changed", object=str(change))
