"""What CCM does next to every cell: its event and periodic reconcile, and what stops them.

- v1 only polls. It takes the tables in the order of the list; a table that cannot be listed ends
  the pass, so every table behind it is never reached.
- v2 up to v2.10 handles every table on its own, in both. The event reconcile creates, it never
  deletes; the periodic reconcile deletes what conflicts and creates what is missing.
- From v2.11 on the event reconcile lists all tables first; one that cannot be listed stops it for
  all, and only the periodic reconcile still serves the good ones.
"""

from __future__ import annotations

from msgspec import Struct, structs

from kubectl_routes.catalog.pages import about_table
from kubectl_routes.ccm.api_denials import Period, event_pass_refused
from kubectl_routes.ccm.assessment import Assessment
from kubectl_routes.ccm.nodes import Served
from kubectl_routes.ccm.startup import last_start
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import NextAction, Trigger
from kubectl_routes.model.message import message
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.vpc import RouteTable

# An event reconcile takes seconds; after this long it is over for good (in seconds).
_EVENT_PASS_OVER = 120
# A table whose status the API omits is taken as it is; a Pending one will be Available soon.
_WRITABLE = ("Available", "Pending", "")


class NextStep(Struct, frozen=True):
    """What CCM will do with one cell, by which pass, or the RT code why it never will."""

    next: NextAction
    when: Trigger | None = None
    because: str = ""
    detail: str = ""


NO_ACTION = NextStep(NextAction.NONE)
# What CCM will do is unknown, and why.
UNSEEN = NextStep(NextAction.NONE, because="RT903", detail=message("CCM is not visible"))
UNREAD = NextStep(
    NextAction.NONE, because="RT901", detail=message("which route tables CCM manages is not known")
)


def stuck(code: str, detail: str = "") -> NextStep:
    """A NextStep for what CCM will not fix."""
    return NextStep(NextAction.STUCK, None, code, detail or _reason(code))


def _reason(code: str) -> str:
    why = about_table(code)
    return message("the table {why}", why=why) if why else ""


class ReconcileModel:
    """The passes of one CCM over the tables of one VPC.

    ``recent`` says which messages still count, ``cluster_known`` whether --cluster-cidr is one
    network; v2's route sync fails on anything else. What a CCM will do that is not visible is
    unknown. ``delayed_by`` are the RT codes of what leaves every missing entry to the periodic
    reconcile, ``has_periodic`` whether it runs at all.
    """

    def __init__(
        self, ccm: Assessment, snapshot: Snapshot, recent: Period, *, cluster_known: bool
    ) -> None:
        controller = snapshot.controller
        managed = controller.kind is ControllerKind.MANAGED
        self._ccm = ccm
        self._within = message("within {period}", period=duration(ccm.settings.period))
        self._out_of_sight = managed or not ccm.settings.routes_known
        self.has_periodic = cluster_known or not ccm.behavior.yaml
        self._settled = _settled(snapshot, periodic=self.has_periodic)
        # The event reconcile needs to list every table, and a permission. A table in another VPC
        # can be listed.
        codes = [code for code in ccm.faults.values() if code != "RT105"]
        if event_pass_refused(controller.events, recent):
            codes.append("RT116")
        self.delayed_by = tuple(dict.fromkeys(codes)) if ccm.behavior.batches else ()

    def blocked(self, table: RouteTable, *, behind: bool) -> NextStep | None:
        """What stops every write to a table, None when nothing does; ``behind``: some node's
        vSwitch uses it.
        """
        ccm = self._ccm
        if ccm.blocker is not None:
            return stuck(ccm.blocker.code, ccm.blocker.reason)
        if self._out_of_sight:
            return UNSEEN
        if ccm.ids is None:
            return UNREAD
        if table.id not in ccm.ids:
            return self.unlisted(table, behind=behind)
        code = ccm.faults.get(table.id, "" if table.status in _WRITABLE else "RT402")
        return self._stop(ccm.ids[: ccm.ids.index(table.id)]) or (stuck(code) if code else None)

    def create(self, one: Served) -> NextStep:
        """The pass that writes a missing entry to a table that nothing blocks."""
        events = self._ccm.behavior.events and not self.delayed_by
        if events and not one.node.deleting and one.node.name not in self._settled:
            return NextStep(NextAction.CREATE, Trigger.EVENT)
        late = self.periodic(NextAction.CREATE)
        if not self.delayed_by or late.next is NextAction.STUCK:
            return late
        detail = message(
            "{detail}; not within seconds because of {why}",
            detail=late.detail,
            why=", ".join(self.delayed_by),
        )
        return structs.replace(late, detail=detail)

    def periodic(self, what: NextAction) -> NextStep:
        """The periodic reconcile doing something, or stuck when it cannot run."""
        if not self.has_periodic:
            return stuck(
                "RT114", message("--cluster-cidr is not one IPv4 network: no periodic reconcile")
            )
        return NextStep(what, Trigger.PERIODIC, "", self._within)

    def unlisted(self, table: RouteTable, *, behind: bool) -> NextStep:
        """What it means that CCM does not work on a table; ``behind`` as above."""
        item = next((item for item in self._ccm.ids or () if item.strip() == table.id), None)
        if item is not None:
            return stuck("RT103", message("the list says {item}, space included", item=repr(item)))
        if table.is_gateway or not self._ccm.from_list:
            return NO_ACTION
        if table.type == "System":
            return stuck("RT107")
        return stuck("RT108") if behind else NO_ACTION

    def _stop(self, before: tuple[str, ...]) -> NextStep | None:
        """Where v1 stops in the list ``before`` it comes to a table.

        It returns at an id it cannot list. Where tables are listed by router, an empty item and a
        gateway table hold it up: it tries to create entries, 8 to 17 minutes for each that is
        missing, before it continues.
        """
        behavior = self._ccm.behavior
        for item in before if behavior.bad_id_stops_rest else ():
            code = self._ccm.faults.get(item, "")
            if code and (code != "RT105" or behavior.lists_by_router):
                where = message("behind {item} in the list, where this CCM stops", item=repr(item))
                return stuck(code, where)
        return None


def _settled(snapshot: Snapshot, *, periodic: bool) -> frozenset[str]:
    """The nodes that every CCM pod has had ample time to handle since both came up. Where it is not
    known when the pods started, of the two passes the later one is certain, if it runs.
    """
    pods_up = seconds_between(last_start(snapshot.controller.pods), snapshot.time)
    if pods_up < _EVENT_PASS_OVER if pods_up is not None else not periodic:
        return frozenset()
    ages = ((node.name, seconds_between(node.created, snapshot.time)) for node in snapshot.nodes)
    return frozenset(name for name, age in ages if age is not None and age >= _EVENT_PASS_OVER)
