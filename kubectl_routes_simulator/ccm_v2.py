"""The route controller of v2: its periodic and event reconcile, before and since v2.11."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.ccm_cloud import Route
from kubectl_routes_simulator.ccm_nodes import CcmNode, PodRanges, network, within
from kubectl_routes_simulator.ccm_run import Run

# Failures of single entries that this release takes for a success.
_FORGIVEN = ("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "VPC_ROUTE_ENTRY_STATUS_ERROR")


def batch(run: Run, nodes: Iterable[CcmNode], gone: Iterable[str]) -> None:
    """Serve nodes that are there and forget those that are gone; one bad table stops it all."""
    wanted = [(node, route) for node in nodes if (route := _wanted(run, node)) is not None]
    leaving = [name for name in gone if name in run.remembered]
    if not wanted and not leaving:
        run.info('"no route need to be added."')
        return
    try:
        tables = run.table_ids()
        listed = {table_id: set(run.cloud.routes(table_id)) for table_id in tables}
    except ValueError as error:
        names = [*(node.name for node, _ in wanted), *leaving]
        listed_names = json.dumps(names[:50], separators=(",", ","))
        run.error(f'"Sync routes error, requeue" err="{error}" names={listed_names}')
        run.controller_event(f"Reconciling route error: {error}")
        run.requeued.update(names)
        return
    routes = {name: run.remembered[name] for name in leaving}
    for table_id in tables:
        _delete(run, table_id, routes)
        # As text: a providerID with a prefix never matches a listed route.
        missing = [
            (node, route)
            for node, route in wanted
            if Route(route.cidr, node.provider_id) not in listed[table_id]
        ]
        if missing:
            _add(run, table_id, missing)


def _wanted(run: Run, node: CcmNode) -> Route | None:
    if not node.served(run.rules, periodic=False):
        return None
    if not node.provider_id:
        run.info(f'"node\'s provider id is not exist, skip creating route" node="{node.name}"')
        return None
    try:
        route = node.route(run.rules, run.region)
    except ValueError as error:
        run.error(f'"invalid providerID, requeue" err="{error}" node="{node.name}"')
        run.requeued.add(node.name)
        return None
    if not route.cidr:
        run.error(f'"node parse podCIDR error, skip creating route" node="{node.name}"')
        run.mark(node, routed=False)
        run.requeued.add(node.name)
        return None
    return route


def _delete(run: Run, table_id: str, routes: dict[str, Route]) -> None:
    if not routes:
        return
    try:
        run.cloud.delete_many(table_id, routes.values())
    except CloudError as error:
        run.error(
            '"batch delete routes failed, requeue all routes" '
            f'err="{run.cloud.words(error)}" table="{table_id}"'
        )
        run.requeued.update(routes)
        return
    # Forgotten after the first table that worked, even if a later one fails: an orphan then.
    for name in routes:
        run.remembered.pop(name, None)


def _add(run: Run, table_id: str, missing: Sequence[tuple[CcmNode, Route]]) -> None:
    try:
        failures = run.cloud.create_many(table_id, [route for _, route in missing])
    except CloudError as error:
        words = run.cloud.words(error)
        run.error(f'"batch add routes failed, requeue all routes" err="{words}" table="{table_id}"')
        run.controller_event(f"Reconciling route error: {words}")
        run.requeued.update(node.name for node, _ in missing)
        return
    for node, route in missing:
        failure = failures.get(route.cidr)
        if failure is not None and failure.code not in _FORGIVEN:
            run.error(
                f'"error creating route entry, requeue" node="{node.name}" table="{table_id}" '
                f'code="{failure.code}" message="{failure.message}"'
            )
            message = f"Error creating route entry in {table_id}: {failure.message}"
            run.node_event(node, "Warning", "CreateRouteFailed", message)
            run.requeued.add(node.name)
            continue
        if failure is not None:
            run.info(f'"route already exists, ignore create error" node="{node.name}"')
        run.remembered.setdefault(node.name, route)
        run.mark(node, routed=True)


def periodic(run: Run, nodes: Iterable[CcmNode]) -> None:
    """The periodic reconcile: every table on its own, so a bad one does not stop the others."""
    # CCM's own list of nodes leaves out those without a providerID, too.
    listed = [node for node in nodes if node.provider_id and not node.excluded(run.rules)]
    try:
        tables = run.table_ids()
    except ValueError as error:
        run.error(f"sync route tables error: get RouteTables: {error}")
        run.controller_event(f"Reconciling route error: {error}")
        return
    failed: list[str] = []
    for table_id in tables:
        try:
            _sync_table(run, table_id, listed)
        except ValueError as error:
            failed.append(table_id)
            run.error(
                f"sync route tables error: sync table [{table_id}] error: "
                f"error listing routes: {error}"
            )
    joined = ",".join(failed or tables)
    if failed:
        run.controller_event(f"Error reconciling route, reconcile table [{joined}] failed")
    else:
        run.info(f"sync route tables successfully, tables [{joined}]")


def node_events(run: Run, nodes: Iterable[CcmNode]) -> None:
    """The event reconcile of v2.1 to v2.10: node by node, table by table, one entry at a time."""
    for node in nodes:
        if not node.served(run.rules, periodic=False):
            continue
        if not node.provider_id:
            run.error(f"node {node.name} provider id is not exist, skip creating route")
            continue
        if not node.cidr(run.rules):
            run.error(f"node {node.name} parse podCIDR {node.pod_cidr} error, skip creating route")
            run.mark(node, routed=False)
            continue
        try:
            outcomes = [_add_route(run, table_id, node, known=()) for table_id in run.table_ids()]
        except ValueError as error:
            run.error(f"error sync cloud route for node {node.name}: {error}")
            done = False
        else:
            done = all(outcomes)
            run.mark(node, routed=done)
        if not done:
            run.node_event(node, "Warning", "SyncRouteFailed", "sync cloud route failed")
            if run.rules.retries_events:
                run.requeued.add(node.name)


def forget_node(run: Run, name: str) -> None:
    """Delete the routes of a node that has gone, as far as the process remembers them."""
    route = run.remembered.get(name)
    if route is None:
        return
    try:
        tables = run.table_ids()
    except ValueError as error:
        run.error(f"error get route tables to delete node {name}, error: {error}")
        run.requeued.add(name)
        return
    clean = True
    for table_id in tables:
        try:
            run.cloud.delete(table_id, route)
        except CloudError as error:
            clean = False
            run.error(f"error delete route entry for delete node {name}: {run.cloud.words(error)}")
    if clean:
        del run.remembered[name]
    else:
        run.requeued.add(name)


def _sync_table(run: Run, table_id: str, nodes: Sequence[CcmNode]) -> None:
    routes = run.cloud.routes(table_id)
    ranges = PodRanges(nodes, run.rules)
    for route in routes:
        if within(route.cidr, run.setup.cluster_cidr) and _conflicts(run, route, ranges):
            _delete_conflict(run, table_id, route)
    known = set(routes)
    for node in nodes:
        if not node.served(run.rules, periodic=True):
            continue
        if not node.provider_id or not node.cidr(run.rules):
            continue
        if _add_route(run, table_id, node, known) and node.unavailable != "False":
            run.mark(node, routed=True)


def _conflicts(run: Run, route: Route, ranges: PodRanges) -> bool:
    own = network(route.cidr)
    if own is None:
        return False
    for node, equal in ranges.holders(own):
        other = run.rules.replaces_same_cidr and route.target != node.provider_id
        if not equal or other:
            run.error(
                f"conflict route with node {node.name}({node.cidr(run.rules)}) found, "
                f"route: {route.cidr} -> {route.target}"
            )
            return True
    return False


def _delete_conflict(run: Run, table_id: str, route: Route) -> None:
    name = f"{route.target}-{route.cidr}"
    try:
        run.cloud.delete(table_id, route)
    except CloudError as error:
        run.error(
            f"Could not delete conflict route {name} {route.cidr} from table {table_id}, "
            f"{run.cloud.words(error)}"
        )
        return
    run.info(f"Delete conflict route {name}, {route.cidr} from table {table_id} SUCCESS.")


def _add_route(run: Run, table_id: str, node: CcmNode, known: Collection[Route]) -> bool:
    """Whether nothing failed. A lookup that fails is reported, and then counted as a success."""
    try:
        wanted = node.route(run.rules, run.region)
        # Compared as text with the providerID: one with a prefix never matches a listed route.
        as_listed = Route(wanted.cidr, node.provider_id)
        if as_listed in known if known else run.cloud.find(table_id, wanted):
            run.remembered.setdefault(node.name, wanted)
            return True
    except ValueError as error:
        run.error(f"error found exist route for instance: {node.provider_id}, {error}")
        message = f"Describe Route Failed for {table_id} reason: {error}"
        run.node_event(node, "Warning", "DescriberRouteFailed", message)
        return True
    problem = _create(run, table_id, wanted)
    if problem:
        run.error(
            f"error create route for node {node.name} : instance id [{node.provider_id}], "
            f"route [{table_id}], err: {problem}"
        )
        message = f"Error creating route entry in {table_id}: {problem}"
        run.node_event(node, "Warning", "CreateRouteFailed", message)
        return False
    run.remembered.setdefault(node.name, wanted)
    run.info(f"Created route for {table_id} with {node.name} - {wanted.cidr} successfully")
    message = f"Created route for {table_id} with {node.name} -> {wanted.cidr} successfully"
    run.node_event(node, "Normal", "CreatedRoute", message)
    return True


def _create(run: Run, table_id: str, route: Route) -> str:
    """Empty when the route is there in the end, else what the API says against it."""
    try:
        run.cloud.create(table_id, route)
    except CloudError as error:
        if error.code != "InvalidCIDRBlock.Duplicate":
            run.error(f"Backoff creating route: {run.cloud.words(error)}")
            return run.cloud.words(error)
        if not run.cloud.find(table_id, route):
            run.error("Backoff creating route: same cidr with different providerID")
            return run.cloud.words(error)
    return ""
