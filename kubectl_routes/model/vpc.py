"""The VPC side: route tables, their entries, vSwitches."""

from __future__ import annotations

from msgspec import Struct


class NextHop(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """Where a route entry sends packets.

    ``type`` is the API's text (its letter case differs between calls). ``enabled`` is None when
    the API did not say.
    """

    id: str = ""
    type: str = ""
    enabled: bool | None = None


class RouteEntry(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """One route entry as DescribeRouteEntryList gives it.

    ``cidr`` is the destination as text (a missing mask means /32). ``type`` is System, Custom,
    BGP, CEN or ECR; ``status`` is Pending, Available, Modifying, Deleting or something newer.
    """

    id: str
    cidr: str
    type: str = ""
    status: str = ""
    next_hops: tuple[NextHop, ...] = ()
    name: str = ""
    description: str = ""
    origin: str = ""


def is_gateway(associate_type: str) -> bool:
    """Whether that associate type of a route table is a gateway's; pages of the API differ in
    case.
    """
    return associate_type.lower() == "gateway"


class RouteTable(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One route table. ``type`` is System or Custom, ``associate_type`` VSwitch or Gateway."""

    id: str
    name: str = ""
    type: str = ""
    associate_type: str = "VSwitch"
    status: str = ""
    vpc_id: str = ""
    router_id: str = ""
    v_switch_ids: tuple[str, ...] = ()

    @property
    def is_gateway(self) -> bool:
        """Whether the table belongs to a gateway; such a one holds no routes to nodes."""
        return is_gateway(self.associate_type)


class VSwitch(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One vSwitch; ``table_id`` is the route table it is bound to, empty when the API omits it."""

    id: str
    cidr: str
    zone: str = ""
    table_id: str = ""
    status: str = ""
    network_acl_id: str = ""


class Vpc(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The VPC itself and its address ranges, all as CIDR text."""

    id: str
    region: str = ""
    status: str = ""
    cidr: str = ""
    secondary_cidrs: tuple[str, ...] = ()
    user_cidrs: tuple[str, ...] = ()


# The service's default: https://www.alibabacloud.com/help/en/vpc/product-overview/limits-and-quotas
DEFAULT_ENTRY_QUOTA = 200


class EntryQuota(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How many custom entries a table may hold; propagated entries do not count.

    ``total`` is None where the Quota Center did not say: DEFAULT_ENTRY_QUOTA is assumed then, and
    ``reason`` is why.
    """

    total: int | None = None
    reason: str = ""

    @property
    def source(self) -> str:
        """Who says so: quota-center or assumed."""
        return "assumed" if self.total is None else "quota-center"

    def for_table(self, custom: int) -> int | None:
        """The quota of a table that holds so many custom entries. One that holds more than the
        default shows that it was raised, to what is not known.
        """
        if self.total is not None:
            return self.total
        return DEFAULT_ENTRY_QUOTA if custom <= DEFAULT_ENTRY_QUOTA else None
