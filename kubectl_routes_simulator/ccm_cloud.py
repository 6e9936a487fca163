"""The VPC as CCM sees it: the calls it makes, what it overlooks, and how it words an error."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.ccm_release import Rules
from kubectl_routes_simulator.identity import Policy
from kubectl_routes_simulator.route_table import Entry, RouteTable
from kubectl_routes_simulator.vpc_call import refusal, status_of
from kubectl_routes_simulator.vpc_store import EntryRequest, VpcStore

# What the batch actions call what the single ones call otherwise.
_BATCH_CODES = {"InvalidCIDRBlock.Duplicate": "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"}
_REQUEST_ID = "0C0FFEE0-0000-4000-8000-000000000001"


class Route(Struct, frozen=True):
    """A route as CCM thinks of it: destination, and ``region.instance`` as the target."""

    cidr: str
    target: str

    @property
    def instance(self) -> str:
        """The instance id within the target."""
        return self.target.partition(".")[2]


class CcmCloud:
    """CCM's calls on ``store`` for the VPC it runs in, allowed by ``policy`` (None: all).

    CCM takes a lock of its own and repeats a call after TaskConflict, so its changes wait in line.
    """

    def __init__(
        self, store: VpcStore, vpc_id: str, rules: Rules, policy: Policy | None = None
    ) -> None:
        self._store = store
        self._vpc_id = vpc_id
        self._rules = rules
        self._policy = policy

    def knows_vpc(self, vpc_id: str) -> bool:
        """Whether DescribeVpcs finds this VPC."""
        return vpc_id in self._store.vpcs

    def table_ids(self) -> list[str]:
        """Every table of the VPC; gateway tables and tables without vSwitches count too."""
        self._permit("DescribeRouteTableList" if self._rules.is_v2 else "DescribeVpcs")
        return [one.record.id for one in self._store.tables_of(self._vpc_id)]

    def routes(self, table_id: str) -> list[Route]:
        """The routes that CCM can see. Raises ValueError for a table that it can not list."""
        if not self._rules.is_v2 and not self._rules.lists_by_entry:
            return self._routes_by_table(table_id)
        return self._visible(self._listable(table_id).entries())

    def find(self, table_id: str, route: Route) -> bool:
        """Whether the table holds exactly this route. Raises ValueError as ``routes`` does."""
        entry = self._listable(table_id).at_cidr(route.cidr)
        return entry is not None and route in self._visible([entry])

    def has_instance(self, instance_id: str) -> bool:
        """Whether DescribeInstances finds this ECS instance."""
        return instance_id in self._store.instances

    def create(self, table_id: str, route: Route) -> None:
        """CreateRouteEntry. Raises CloudError."""
        self._permit("CreateRouteEntry")
        self._store.create(EntryRequest(table_id, route.cidr, route.instance))

    def delete(self, table_id: str, route: Route) -> None:
        """DeleteRouteEntry; an entry that is gone already is fine. Raises CloudError."""
        self._permit("DeleteRouteEntry")
        self._delete(table_id, route)

    def create_many(self, table_id: str, routes: Iterable[Route]) -> dict[str, CloudError]:
        """CreateRouteEntries; what failed, by CIDR. Raises CloudError for a whole call."""
        self._permit("CreateRouteEntries")
        wishes = [EntryRequest(table_id, route.cidr, route.instance) for route in routes]
        return {
            wish.cidr: refusal(_BATCH_CODES.get(error.code, error.code), error.message)
            for wish, error in self._store.create_many(wishes)
        }

    def delete_many(self, table_id: str, routes: Iterable[Route]) -> None:
        """DeleteRouteEntries; entries that are gone already are fine. Raises CloudError."""
        self._permit("DeleteRouteEntries")
        for route in routes:
            self._delete(table_id, route)

    def words(self, error: CloudError) -> str:
        """An API error as the release's Go SDK prints it."""
        if self._rules.is_v2:
            return (
                f"SDK.ServerError\nErrorCode: {error.code}\nRecommend: \n"
                f"RequestId: {_REQUEST_ID}\nMessage: {error.message}"
            )
        return (
            f"Aliyun API Error: RequestId: {_REQUEST_ID} Status Code: {status_of(error.code)} "
            f"Code: {error.code} Message: {error.message}"
        )

    def _listable(self, table_id: str) -> RouteTable:
        try:
            self._permit("DescribeRouteEntryList")
            if not table_id:
                raise refusal("MissingParameter", "RouteTableId is mandatory for this action.")
            table = self._store.table(table_id)
            if table.record.associate_type == "Gateway":
                raise refusal(
                    "OperationDenied.UseGatewayRouteEntryQueryInterface",
                    "Use the interface for entries of gateway route tables.",
                )
        except CloudError as error:
            raise ValueError(
                f"table {table_id} get route entries error ,err describe route entry list error, "
                f"err {self.words(error)}"
            ) from error
        return table

    def _routes_by_table(self, table_id: str) -> list[Route]:
        """By DescribeRouteTables: no id means all tables of the VPC; the first is taken."""
        try:
            self._permit("DescribeRouteTables")
        except CloudError as error:
            raise ValueError(self.words(error)) from error
        tables = self._store.tables_of(self._vpc_id)
        found = [one for one in tables if table_id in ("", one.record.id)]
        if not found:
            raise ValueError(
                f"alicloud: cannot find route table, cloud returned zero items, [{table_id}]"
            )
        return self._visible(self._store.table(found[0].record.id).entries())

    def _visible(self, entries: Iterable[Entry]) -> list[Route]:
        one_hop_only = self._rules.is_v2 or self._rules.lists_by_entry
        region = self._store.region
        return [
            Route(entry.destination_cidr_block, f"{region}.{entry.hop.next_hop_id}")
            for entry in entries
            if entry.type == "Custom"
            and entry.status != "Deleting"
            and entry.hop.next_hop_type.lower() == "instance"
            and entry.destination_cidr_block != "0.0.0.0/0"
            and (not one_hop_only or len(entry.next_hops.next_hop) == 1)
        ]

    def _delete(self, table_id: str, route: Route) -> None:
        try:
            table, entry = self._store.find(EntryRequest(table_id, route.cidr, route.instance))
        except CloudError as error:
            if error.code == "InvalidRouteEntry.NotFound":
                return
            raise
        self._store.delete(table, entry)

    def _permit(self, action: str) -> None:
        if self._policy is not None and not self._policy.allows(f"vpc:{action}", "*"):
            raise refusal(
                "Forbidden.RAM", "User not authorized to operate on the specified resource."
            )
