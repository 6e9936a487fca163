"""What CCM does next to every cell: its event and periodic reconcile, and what stops them.

- v1 only polls. It takes the tables in the order of the list; a table that cannot be listed ends
  the pass, so every table behind it is never reached.
- v2 up to v2.10 handles every table on its own, in both. The event reconcile creates, it never
  deletes; the periodic reconcile deletes what conflicts and creates what is missing.
- From v2.11 on the event reconcile lists all tables first; one that cannot be listed stops it for
  all, and only the periodic reconcile still serves the good ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, structs

from kubectl_routes.catalog.pages import about_table
from kubectl_routes.ccm.assessment import Assessment, list_faults
from kubectl_routes.ccm.nodes import Served
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import NextAction, Trigger
from kubectl_routes.model.message import message
from kubectl_routes.model.vpc import RouteTable

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


class TableOutcome(Struct, frozen=True):
    """What CCM's passes do with one whole table.

    ``blocked`` stops every write to it, None when nothing does. ``event``: the event reconcile
    serves it; ``periodic``: the periodic reconcile does.
    """

    blocked: NextStep | None
    event: bool = True
    periodic: bool = True


class ReconcileModel:
    """The passes of one CCM over the tables of one VPC.

    ``cluster_known`` says whether --cluster-cidr is one network; v2's route sync fails on
    anything else. ``settled`` names the nodes whose event reconcile is over already, ``refused``
    says that CCM was refused what that needs, ``out_of_sight`` that it is not visible:
    then what it will do is unknown. ``delayed_by`` are the RT codes of what leaves every missing
    entry to the periodic reconcile, ``has_periodic`` whether it runs at all.
    """

    def __init__(
        self,
        ccm: Assessment,
        tables: tuple[RouteTable, ...] | None,
        vpc_id: str,
        *,
        cluster_known: bool,
        settled: frozenset[str],
        refused: bool,
        out_of_sight: bool,
    ) -> None:
        self._ccm = ccm
        self._within = message("within {period}", period=duration(ccm.settings.period))
        self._settled = settled
        self._refused = refused
        self._out_of_sight = out_of_sight
        self.has_periodic = cluster_known or not ccm.behavior.yaml
        self.faults = list_faults(ccm.ids or (), tables, vpc_id)
        self.delayed_by = self._delays()
        self._outcomes = self._plan_outcomes(tables)

    def outcome(self, table: RouteTable, *, behind: bool) -> TableOutcome:
        """The outcome of a table; ``behind``: some node's vSwitch uses it."""
        if self._ccm.blocker is not None:
            return TableOutcome(stuck(self._ccm.blocker.code, self._ccm.blocker.reason))
        if self._out_of_sight:
            return TableOutcome(UNSEEN)
        if self._ccm.ids is None:
            return TableOutcome(UNREAD)
        if table.id in self._outcomes:
            return self._outcomes[table.id]
        return TableOutcome(self.unlisted(table, behind=behind))

    def create(self, one: Served, outcome: TableOutcome) -> NextStep:
        """The pass that writes a missing entry."""
        behavior = self._ccm.behavior
        if behavior.events and outcome.event and one.node.name not in self._settled:
            return NextStep(NextAction.CREATE, Trigger.EVENT)
        late = self.periodic(NextAction.CREATE, outcome)
        if not behavior.events or outcome.event or late.next is NextAction.STUCK:
            return late
        why = ", ".join(self.delayed_by)
        return structs.replace(
            late,
            detail=message(
                "{detail}; not within seconds because of {why}", detail=late.detail, why=why
            ),
        )

    def periodic(self, what: NextAction, outcome: TableOutcome) -> NextStep:
        """The periodic reconcile doing something, or stuck when it cannot run."""
        if not outcome.periodic:
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

    def _plan_outcomes(self, tables: tuple[RouteTable, ...] | None) -> dict[str, TableOutcome]:
        behavior = self._ccm.behavior
        states = {table.id: table.status for table in tables or ()}
        event = not self.delayed_by
        outcomes: dict[str, TableOutcome] = {}
        stop: NextStep | None = None
        for item in self._ccm.ids or ():
            code = self.faults.get(item, "")
            blocked = stop or (stuck(code) if code else None)
            if blocked is None and states.get(item, "") not in _WRITABLE:
                blocked = stuck("RT402")
            outcomes.setdefault(item, TableOutcome(blocked, event, self.has_periodic))
            passed = not code or (code == "RT105" and not behavior.lists_by_router)
            if behavior.bad_id_stops_rest and stop is None and not passed:
                stop = self._stop(item, code)
        return outcomes

    def _delays(self) -> tuple[str, ...]:
        """The RT codes of what keeps the event reconcile from all tables: one it cannot list, or
        a permission that it lacks. A table in another VPC can be listed.
        """
        if not self._ccm.behavior.batches:
            return ()
        codes = [code for code in self.faults.values() if code != "RT105"]
        return tuple(dict.fromkeys([*codes, *(["RT116"] if self._refused else [])]))

    @staticmethod
    def _stop(item: str, code: str) -> NextStep:
        """v1 behind a bad item.

        It returns at an id it cannot list. Where tables are listed by router, an empty item and a
        gateway table hold it up: it tries to create entries, 8 to 17 minutes for each that is
        missing, before it continues.
        """
        return stuck(
            code, message("behind {item} in the list, where this CCM stops", item=repr(item))
        )


def quota_left(
    wanted: list[str], custom: int, deleted: int, quota: int | None
) -> Mapping[str, bool]:
    """Which of the wanted entries (by node name, in CCM's order) still fit into the table.

    CCM takes nodes in no fixed order, so that only the number is certain, not the names.
    """
    room = len(wanted) if quota is None else max(quota - custom + deleted, 0)
    return {name: position < room for position, name in enumerate(wanted)}
