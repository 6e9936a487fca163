"""The event pass of v2.11 and later: nodes in batches, all tables listed before any is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.ccm_cloud import Failure, Route
from kubectl_routes_simulator.ccm_nodes import CcmNode
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
        failed = run.cloud.create_many(table_id, [route for _, route in missing])
    except CloudError as error:
        words = run.cloud.words(error)
        run.error(f'"batch add routes failed, requeue all routes" err="{words}" table="{table_id}"')
        run.controller_event(f"Reconciling route error: {words}")
        run.requeued.update(node.name for node, _ in missing)
        return
    failures = {one.cidr: one for one in failed}
    for node, route in missing:
        failure = failures.get(route.cidr)
        if failure is not None and failure.code not in _FORGIVEN:
            _failed(run, table_id, node, failure)
            continue
        if failure is not None:
            run.info(f'"route already exists, ignore create error" node="{node.name}"')
        run.remembered.setdefault(node.name, route)
        run.mark(node, routed=True)


def _failed(run: Run, table_id: str, node: CcmNode, failure: Failure) -> None:
    run.error(
        f'"error creating route entry, requeue" node="{node.name}" table="{table_id}" '
        f'code="{failure.code}" message="{failure.message}"'
    )
    message = f"Error creating route entry in {table_id}: {failure.message}"
    run.node_event(node, "Warning", "CreateRouteFailed", message)
    run.requeued.add(node.name)
