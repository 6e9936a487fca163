"""What must be known before anything is written: one check after the other, each with its code."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from kubectl_routes.analyze import matrix as matrices
from kubectl_routes.ccm.assessment import assess, list_faults
from kubectl_routes.ccm.managers import owners
from kubectl_routes.ccm.needed_flags import FlagChange
from kubectl_routes.ccm.startup import Obstacle, not_running
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.plan import Check, Permission, Plan, Refusal, Verdict
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CLUSTER_CIDR,
    PART_CONTROLLER,
    PART_CREDENTIALS,
    PART_ENTRIES,
    PART_NODES,
    PART_REGION,
    PART_TABLES,
    PART_VPC_ID,
    Snapshot,
)

# What may be skipped, because it may be meant, or known better by the operator.
SKIPPABLE = ("RT107", "RT108", "RT112", "RT120", "RT307", "RT401", "RT402")

_NEEDED = {
    PART_NODES: "RT901",
    PART_CONTROLLER: "RT901",
    PART_CLOUD_CONFIG: "RT901",
    PART_CLUSTER_CIDR: "RT901",
    PART_REGION: "RT902",
    PART_VPC_ID: "RT902",
    PART_CREDENTIALS: "RT902",
    PART_TABLES: "RT902",
}
_TITLES = {
    "RT102": "cloud-config can be edited",
    "RT110": "cloud-config can be wired",
    "RT113": "CCM's release can work with a list",
}
_ID_TITLES = {
    "RT104": "the tables exist",
    "RT105": "the tables are of the cluster's VPC",
    "RT106": "none is a gateway's table",
}
# What keeps CCM from starting that a plan mends: a cloud-config that it refuses, or does not find.
_MENDED = ("RT102", "RT110")


class PreflightInput(Struct, frozen=True):
    """What was asked for, and what is known besides the Snapshot.

    ``outlook`` is the Snapshot as the plan would leave it, None where there is no plan.
    ``managers`` are the field managers of the objects that will be written.
    """

    tables: tuple[str, ...]
    outcome: Plan | Refusal | None
    outlook: Snapshot | None
    permissions: tuple[Permission, ...]
    managers: tuple[str, ...] = ()
    skip: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Not the outlook: its cloud-config may hold credentials."""
        return f"PreflightInput({self.tables!r})"


def preflight(snapshot: Snapshot, wish: PreflightInput) -> tuple[Check, ...]:
    """All checks in the order in which they should be read. Raises nothing: what cannot be judged
    is unknown, and stops as a failure does.
    """
    return tuple(_skipped(check, wish.skip) for check in _checks(snapshot, wish))


def preflight_back(
    permissions: tuple[Permission, ...],
    stalled: str = "",
    *,
    runs: bool = True,
    skip: frozenset[str] = frozenset(),
) -> tuple[Check, ...]:
    """What must be known before ``disable``: that it may do what it is about to, and that CCM
    starts afterwards. ``stalled`` is why it will not, ``runs`` whether it does now.
    """
    checks = [_permissions(permissions)] if permissions else []
    if stalled:
        checks.append(
            Check(
                "RT112",
                "CCM will start with what it had before enable",
                Verdict.FAILED if runs else Verdict.WARNED,
                (stalled,),
                mandatory=False,
                hint="kubectl routes disable --list-only removes routeTableIDs and keeps the rest,"
                " so that CCM goes on running; or --skip-preflight RT112 to go back all the same",
            )
        )
    return tuple(_skipped(check, skip) for check in checks)


def exit_code(checks: tuple[Check, ...]) -> int:
    """2 where only the given tables are to blame, else 3; 0 when nothing stops."""
    stopping = [check.code for check in checks if check.stops]
    if not stopping:
        return 0
    return 2 if all(code in _ID_TITLES for code in stopping) else 3


def _skipped(check: Check, skip: frozenset[str]) -> Check:
    if check.stops and not check.mandatory and check.code in skip:
        return structs.replace(check, verdict=Verdict.SKIPPED)
    return check


def _checks(snapshot: Snapshot, wish: PreflightInput) -> Iterator[Check]:
    yield _controller(snapshot)
    gaps = list(_gaps(snapshot, wish.tables))
    yield from gaps
    yield from _ids(snapshot, wish.tables)
    if isinstance(wish.outcome, Refusal):
        for one in (wish.outcome, *wish.outcome.more):
            yield Check(one.code, _TITLES[one.code], Verdict.FAILED, (one.reason,), hint=one.hint)
    elif _is_visible(snapshot):
        yield Check("RT110", _TITLES["RT110"], Verdict.PASSED)
    if wish.permissions:
        yield _permissions(wish.permissions)
    yield from _reverting(wish.managers)
    yield from _alone(snapshot.controller.others)
    if gaps:
        return  # everything below would only say the same again
    visible = _is_visible(snapshot)
    if wish.outlook is not None:
        yield from _would_run(wish.outlook)
    elif visible:
        yield from _unplanned(snapshot)
    if not any(check.stops for check in _ids(snapshot, wish.tables)):
        now = matrices.build(snapshot)
        yield _system_listed(now, wish.tables)
        yield _nodes_listed(now, wish.tables)
        yield _available(now, wish.tables)
        if wish.outlook is not None:
            then = matrices.build(wish.outlook)
            yield _quota(then, wish.tables)
            yield _deletions(now, then, wish.tables)
    if visible:
        yield _running(snapshot)


def _controller(snapshot: Snapshot) -> Check:
    controller = snapshot.controller
    title = "CCM is found"
    if controller.kind is ControllerKind.ABSENT:
        return Check(
            "RT112",
            title,
            Verdict.FAILED,
            ("no cloud-controller-manager in any namespace",),
            hint="install it first: nothing else writes routes",
        )
    if controller.kind is ControllerKind.UNKNOWN:
        return Check("RT901", title, Verdict.UNKNOWN, ("its workload could not be read",))
    where = f"{controller.kind.value} {controller.namespace}/{controller.name}, {controller.image}"
    managed = controller.kind is ControllerKind.MANAGED
    return Check(
        "RT112", title, Verdict.PASSED, ("in the managed control plane" if managed else where,)
    )


def _gaps(snapshot: Snapshot, tables: tuple[str, ...]) -> Iterator[Check]:
    """Everything that the plan depends on was read."""
    needed = {**_NEEDED, **{f"{PART_ENTRIES}{table}": "RT902" for table in tables}}
    for gap in snapshot.gaps:
        if gap.part in needed:
            code = needed[gap.part]
            yield Check(
                code, f"{gap.part} could be read", Verdict.UNKNOWN, (gap.reason,), hint=gap.hint
            )


def _ids(snapshot: Snapshot, tables: tuple[str, ...]) -> Iterator[Check]:
    if snapshot.gap(PART_TABLES) is not None:
        return
    faults = list_faults(tables, snapshot.tables, snapshot.cluster.vpc_id)
    there = [item for item in tables if faults.get(item) != "RT104"]
    own = [one.id for one in snapshot.tables if one.vpc_id in ("", snapshot.cluster.vpc_id)]
    for code, title in _ID_TITLES.items():
        bad = tuple(item for item, fault in faults.items() if fault == code)
        hint = f"the tables of {snapshot.cluster.vpc_id} are: {', '.join(own)}"
        if bad:
            yield Check(code, title, Verdict.FAILED, bad, hint=hint)
        elif there:  # of a table that does not exist nothing else is true
            found = f"{len(there)} of {len(tables)}"
            yield Check(code, title, Verdict.PASSED, (found,))


def _permissions(permissions: tuple[Permission, ...]) -> Check:
    title = "permissions to write"
    denied = tuple(f"cannot {one}" for one in permissions if one.allowed is False)
    unsure = tuple(f"{one}: {one.reason}" for one in permissions if one.allowed is None)
    hint = "deploy/clusterrole-enable.yaml holds what is needed"
    if denied:
        return Check("RT904", title, Verdict.FAILED, denied, hint=hint)
    if unsure:
        return Check("RT904", title, Verdict.UNKNOWN, unsure, hint=hint)
    return Check("RT904", title, Verdict.PASSED, (f"{len(permissions)} asked for, all given",))


def _reverting(managers: tuple[str, ...]) -> Iterator[Check]:
    """A warning, not a stop: the objects may be left alone by that tool in this field."""
    found = owners(managers)
    if found:
        yield Check(
            "RT119",
            "no tool that would put CCM back",
            Verdict.WARNED,
            tuple(f"{one} writes fields of CCM's objects" for one in found),
            mandatory=False,
            hint="put the change into its source as well: enable -o yaml prints the objects",
        )


def _alone(others: tuple[str, ...]) -> Iterator[Check]:
    """Where another workload runs CCM, a list that is set here may not be the leader's."""
    if others:
        yield Check(
            "RT120",
            "no other workload runs CCM",
            Verdict.FAILED,
            others,
            mandatory=False,
            hint="keep one, and delete the other or switch its cloud routes off; or"
            " --skip-preflight RT120",
        )


_STARTS = "CCM will start, and write routes"
_START_HINTS = {
    "RT118": "nothing is to be done: the network plugin needs no cloud routes",
}
# What a list, or a plan for one, changes; without a plan nothing can be said about it.
_OF_THE_LIST = ("RT101", "RT103", "RT109", "RT113")


def _would_run(outlook: Snapshot) -> Iterator[Check]:
    """What this CCM makes of the configuration that is planned for it: all that stands in its way,
    so that one rollout after the other does not find one obstacle after the other.
    """
    ccm = assess(outlook, Networks())
    if not ccm.obstacles:
        yield Check("RT112", _STARTS, Verdict.PASSED)
    yield from _obstacles(ccm.obstacles, ccm.needed_flags)


def _unplanned(snapshot: Snapshot) -> Iterator[Check]:
    """Where there can be no plan, what would stand in its way besides: flags, and what else no plan
    changes.
    """
    ccm = assess(snapshot, Networks())
    evidence = not_running(snapshot.controller)
    left = (*_MENDED, *_OF_THE_LIST)
    found = tuple(one for one in ccm.obstacles if one.code not in left and one != evidence)
    yield from _obstacles(found, ccm.needed_flags)


def _obstacles(found: tuple[Obstacle, ...], flags: tuple[FlagChange, ...]) -> Iterator[Check]:
    first = "fix that first, then run enable again"
    if flags:
        first = (
            f"change these flags at once: {', '.join(one.described for one in flags)}"
            " (kubectl routes diagnose prints the command); then run enable again"
        )
    for one in dict.fromkeys((one.code, one.reason) for one in found):
        code, reason = one
        hint = _START_HINTS.get(code, first)
        yield Check(code, _STARTS, Verdict.FAILED, (reason,), hint=hint)


def _system_listed(now: Matrix, tables: tuple[str, ...]) -> Check:
    missing = tuple(
        one.id for one in now.tables if one.type == "System" and one.exists and one.id not in tables
    )
    return _check(
        "RT107",
        "the System table is listed",
        missing,
        hint="add it to --tables: what pods send may be routed by it; or --skip-preflight RT107",
    )


def _nodes_listed(now: Matrix, tables: tuple[str, ...]) -> Check:
    title = "the table of every node is listed"
    if any(one.nodes_behind is None for one in now.tables):
        return Check(
            "RT108",
            title,
            Verdict.UNKNOWN,
            ("the vSwitches could not be read",),
            mandatory=False,
            hint="allow vpc:DescribeVSwitches, or --skip-preflight RT108",
        )
    lacking = [one for one in now.tables if one.nodes_behind and one.id not in tables]
    missing = tuple(
        f"{one.id}: {one.nodes_behind} nodes use it"
        + ("" if one.usable else f", and CCM cannot use it ({one.status or 'gateway'})")
        for one in lacking
    )
    hint = "add it to --tables: its nodes find no pod without it; or --skip-preflight RT108"
    if lacking and not any(one.usable for one in lacking):
        hint = (
            "associate the vSwitches of these nodes with another route table; or --skip-preflight"
            " RT108"
        )
    return _check("RT108", title, missing, hint=hint)


def _available(now: Matrix, tables: tuple[str, ...]) -> Check:
    pending = tuple(
        f"{one.id} is {one.status}"
        for one in now.tables
        if one.id in tables and one.status not in ("Available", "")
    )
    return _check("RT402", "the tables are Available", pending, hint="wait until they are")


def _quota(then: Matrix, tables: tuple[str, ...]) -> Check:
    """Room for every node in every table. The quota may be assumed, where the Quota Center did not
    give it; that is why the check can be skipped.
    """
    full, room = [], []
    hint = "raise the quota vpc_quota_route_entrys_num or remove entries"
    if any(column.quota_source == "assumed" for column in then.tables):
        hint += "; the quota is assumed: if it was raised already, --skip-preflight RT401"
    for column in then.tables:
        if column.id not in tables:
            continue
        cells = [row.routes.get(column.id) for row in then.nodes]
        lacking = sum(cell is not None and cell.because == "RT401" for cell in cells)
        most = "an unknown number" if column.quota is None else column.quota
        used = f"{column.id} holds {column.custom} custom entries of {most}"
        room.append(used)
        if lacking:
            full.append(f"{used}: no room for {lacking} nodes")
    return _check(
        "RT401",
        "room for every node in every table",
        tuple(full),
        passed=tuple(room),
        hint=hint,
    )


def _deletions(now: Matrix, then: Matrix, tables: tuple[str, ...]) -> Check:
    """Entries that CCM removes from a table because it comes to manage it."""
    managed = {one.id for one in now.tables if one.managed}
    doomed = tuple(
        f"{column.id}: {entry.cidr} to {entry.next_hop}"
        for column in then.tables
        if column.id in tables and column.id not in managed
        for entry in column.will_delete
    )
    return _check(
        "RT307",
        "CCM deletes nothing that it does not delete today",
        doomed,
        hint="move those destinations out of the cluster's range; or --skip-preflight RT307 to"
        " let CCM delete them",
    )


def _running(snapshot: Snapshot) -> Check:
    """CCM that is down is to be looked at first, unless what keeps it down is what the plan mends;
    that it will start then is a check of its own.
    """
    controller, title = snapshot.controller, "CCM runs now"
    trouble = not_running(controller)
    if trouble is None:
        ready = f"{controller.ready} of {controller.desired} pods are ready"
        return Check("RT112", title, Verdict.PASSED, (ready,), mandatory=False)
    cause = assess(snapshot, Networks()).obstacle
    if cause is not None and cause.code in _MENDED:
        evidence = (trouble.reason, f"{cause.code}: {cause.reason}, which the plan mends")
        return Check("RT112", title, Verdict.WARNED, evidence, mandatory=False)
    return Check(
        "RT112",
        title,
        Verdict.FAILED,
        (trouble.reason,),
        mandatory=False,
        hint="look at its log first; or --skip-preflight RT112 if this is what enable shall mend",
    )


def _is_visible(snapshot: Snapshot) -> bool:
    return snapshot.controller.visible


def _check(
    code: str, title: str, evidence: tuple[str, ...], hint: str, passed: tuple[str, ...] = ()
) -> Check:
    """A check that may be skipped, failed by its evidence; ``passed`` is what speaks for it."""
    if not evidence:
        return Check(code, title, Verdict.PASSED, passed, mandatory=False)
    return Check(code, title, Verdict.FAILED, evidence, mandatory=False, hint=hint)
