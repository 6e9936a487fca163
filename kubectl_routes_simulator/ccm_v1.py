"""The route controller of v1.9.3.x: one loop that polls, one table after the other."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.ccm_cloud import Route
from kubectl_routes_simulator.ccm_nodes import CcmNode, PodRanges, network, within
from kubectl_routes_simulator.ccm_run import Run


def poll(run: Run, nodes: Sequence[CcmNode]) -> None:
    """One turn of the loop. A table that can not be listed ends it: those behind it must wait."""
    try:
        tables = run.table_ids()
    except ValueError as error:
        run.error(f"Couldn't reconcile node routes: RouteTables: {error}")
        return
    for table_id in tables:
        try:
            routes = run.cloud.routes(table_id)
        except ValueError as error:
            run.error(f"Couldn't reconcile node routes: error listing routes: {error}")
            return
        _Table(run, table_id, routes).sync(nodes)


def forget_node(run: Run, name: str) -> None:
    """Delete the routes of a node that has gone, in every table; early releases leave them."""
    route = run.remembered.pop(name, None)
    if route is None or not run.rules.deletes_with_node:
        return
    try:
        for table_id in run.table_ids():
            run.cloud.delete(table_id, route)
    except (CloudError, ValueError) as error:
        run.error(f"could not delete route for deleted node {name}: {error}")


class _Table:
    """One table and what the poll knows of it."""

    def __init__(self, run: Run, table_id: str, routes: Sequence[Route]) -> None:
        self.run = run
        self.id = table_id
        self.routes = frozenset(routes)
        self.by_target = {route.target: route for route in routes}

    def sync(self, nodes: Sequence[CcmNode]) -> None:
        ranges = PodRanges(nodes, self.run.rules)
        for route in self.routes:
            if self._conflicts(route, ranges):
                self._delete(route)
        for node in nodes:
            self._serve(node)

    def _conflicts(self, route: Route, ranges: PodRanges) -> bool:
        own = network(route.cidr)
        if own is None or not within(route.cidr, self.run.setup.cluster_cidr):
            return False
        return any(
            not equal or route.target not in node.provider_id for node, equal in ranges.holders(own)
        )

    def _delete(self, route: Route) -> None:
        run = self.run
        where = f"{route.target} {route.cidr} from table {self.id}"
        # Early releases ask for the instance behind the route first: if it has been released,
        # the route is never deleted.
        if not run.rules.lists_by_entry and not run.cloud.has_instance(route.instance):
            run.error(f"Could not delete route {where}, InstanceNotFound")
            return
        try:
            run.cloud.delete(self.id, route)
        except CloudError as error:
            run.error(f"Could not delete route {where}, {run.cloud.words(error)}")
            return
        run.info(f"Delete route {where} SUCCESS.")

    def _serve(self, node: CcmNode) -> None:
        run = self.run
        if not node.served(run.rules, periodic=True):
            return
        if not node.pod_cidr:
            run.mark(node, routed=False)
            return
        if not node.provider_id:
            run.error(f"Node {node.name} has no Provider ID, skip it")
            return
        found = self.by_target.get(node.provider_id)
        if found is None or found.cidr != node.pod_cidr:
            self._create(node)
        elif node.unavailable != "True" or run.rules.clears_true_condition:
            # Otherwise the early check is the wrong way round: True is never cleared.
            run.remembered[node.name] = found
            if node.unavailable != "False":
                run.mark(node, routed=True)

    def _create(self, node: CcmNode) -> None:
        run = self.run
        try:
            route = node.route(run.rules, run.region)
            if route not in self.routes and self._finds_instance(node):
                run.cloud.create(self.id, route)
        except (CloudError, ValueError) as error:
            words = str(error)
            if isinstance(error, CloudError):
                said = run.cloud.words(error)
                words = f"WaitCreate: ceate route for table {self.id} error, {said}"
            self._failed(node, words)
            return
        run.remembered[node.name] = route
        created = f"Created route for {self.id} with {node.name} -> {node.pod_cidr}"
        run.info(created)
        if run.rules.new_event_names:
            run.node_event(node, "Normal", "CreatedRoute", f"{created} successfully")
        if node.unavailable != "False":
            run.mark(node, routed=True)

    def _finds_instance(self, node: CcmNode) -> bool:
        """Whether ECS has the instance in the region of the providerID. Raises ValueError."""
        region = node.provider_id.partition(".")[0]
        if "://" in region and not self.run.rules.takes_prefix:
            raise ValueError(f"the specified RegionId {region} does not exist")
        if region.rpartition("://")[2] != self.run.region:
            self.run.info("not found route instance not found")
            return False
        return True

    def _failed(self, node: CcmNode, words: str) -> None:
        run = self.run
        run.error(f"Backoff creating route: {words}")
        if run.rules.new_event_names:
            run.node_event(node, "Warning", "CreateRouteFailed", f"Error creating route: {words}")
        else:
            message = (
                f"could not create route {node.pod_cidr} for node {node.name}: "
                f"timed out waiting for the condition -> {words}"
            )
            run.error(message)
            run.node_event(node, "Warning", "FailedToCreateRoute", message)
            # Said by these releases whether it is true or not.
            run.info(f"Created route for {self.id} with {node.name} -> {node.pod_cidr}")
        run.mark(node, routed=False)
