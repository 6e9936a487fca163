"""The VPC as the API lists it: itself, its vSwitches, its route tables and their entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

import msgspec
from msgspec import Struct

from kubectl_routes.collect.causes import CHECK_ENDPOINT
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.interning import InternPool
from kubectl_routes.collect.vpc_api import VpcApi
from kubectl_routes.collect.vpc_errors import EXPIRED_TOKEN
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.vpc import NextHop, RouteEntry, RouteTable, Vpc, VSwitch


class PlacedVSwitch(Struct, frozen=True):
    """A vSwitch of the region, and the VPC that it is in."""

    id: str
    vpc_id: str
    cidr: str


T = TypeVar("T", RouteTable, VSwitch, PlacedVSwitch)

# The largest page of the calls with page numbers.
PAGE = 50

# Entries per call. 100 is documented; CCM itself asks for 500, and is given them. A server that
# refuses is asked for the documented number.
BOLD_PAGE = 500
DOCUMENTED_PAGE = 100

# The quota of a table can be raised to thousands of entries, not to hundreds of thousands.
MOST_PAGES = 400


def read_vpc(api: VpcApi, vpc_id: str) -> Vpc:
    """The VPC itself. Raises CloudError."""
    body = Document(_decoded(api.call("DescribeVpcAttribute", {"VpcId": vpc_id})))
    if not body.text("CidrBlock"):
        raise _odd("DescribeVpcAttribute")
    return Vpc(
        id=vpc_id,
        region=body.text("RegionId") or api.region,
        status=body.text("Status"),
        cidr=body.text("CidrBlock"),
        secondary_cidrs=body.texts("SecondaryCidrBlocks", "SecondaryCidrBlock"),
        user_cidrs=body.texts("UserCidrs", "UserCidr"),
    )


def read_tables(api: VpcApi, vpc_id: str) -> tuple[RouteTable, ...]:
    """All route tables of the VPC's router, sorted by id. Raises CloudError.

    The API answers a wrong VPC or region with an empty list. A VPC always has a system route
    table, so that is an error here.
    """
    query = {"VpcId": vpc_id, "RouterType": "VRouter"}
    path = ("RouterTableList", "RouterTableListType")
    tables = _numbered_pages(api, "DescribeRouteTableList", query, path, _table)
    if not tables:
        raise CloudError(
            message(
                "DescribeRouteTableList shows no table of {vpc_id} in {region}",
                vpc_id=vpc_id,
                region=api.region,
            ),
            message("check --vpc-id and --region, and the account of the AccessKey"),
        )
    return tables


def read_strays(api: VpcApi, table_ids: Iterable[str]) -> tuple[RouteTable, ...]:
    """Those of the tables, named by a list but not of the VPC, that exist in some other VPC.

    The API answers an id that it does not know with an empty list; a table of another id, from a
    server that does not filter, is not what was asked for. Raises CloudError.
    """
    path = ("RouterTableList", "RouterTableListType")
    return tuple(
        table
        for table_id in table_ids
        for table in _numbered_pages(
            api, "DescribeRouteTableList", {"RouteTableId": table_id}, path, _table
        )
        if table.id == table_id
    )


def read_v_switches(api: VpcApi, vpc_id: str) -> tuple[VSwitch, ...]:
    """All vSwitches of the VPC, sorted by id. Raises CloudError.

    Nodes are always in one, so a VPC that shows none is one that was not seen whole.
    """
    path = ("VSwitches", "VSwitch")
    found = _numbered_pages(api, "DescribeVSwitches", {"VpcId": vpc_id}, path, _v_switch)
    if not found:
        raise CloudError(
            message(
                "DescribeVSwitches shows no vSwitch of {vpc_id} in {region}",
                vpc_id=vpc_id,
                region=api.region,
            ),
            message("check that RAM allows vpc:DescribeVSwitches for all resource groups"),
        )
    return found


def read_region_v_switches(api: VpcApi) -> tuple[PlacedVSwitch, ...]:
    """All vSwitches of the region that the key may see, whatever their VPC. Raises CloudError."""
    query = {"RegionId": api.region}
    return _numbered_pages(api, "DescribeVSwitches", query, ("VSwitches", "VSwitch"), _placed)


def _placed(item: Document) -> PlacedVSwitch:
    return PlacedVSwitch(item.text("VSwitchId"), item.text("VpcId"), item.text("CidrBlock"))


def _table(item: Document) -> RouteTable:
    return RouteTable(
        id=item.text("RouteTableId"),
        name=item.text("RouteTableName"),
        type=item.text("RouteTableType"),
        associate_type=item.text("AssociateType") or "VSwitch",
        status=item.text("Status"),
        vpc_id=item.text("VpcId"),
        router_id=item.text("RouterId"),
        v_switch_ids=item.texts("VSwitchIds", "VSwitchId"),
    )


def _v_switch(item: Document) -> VSwitch:
    return VSwitch(
        id=item.text("VSwitchId"),
        cidr=item.text("CidrBlock"),
        zone=item.text("ZoneId"),
        table_id=item.text("RouteTable", "RouteTableId"),
        status=item.text("Status"),
        network_acl_id=item.text("NetworkAclId"),
    )


def _numbered_pages(
    api: VpcApi,
    action: str,
    query: dict[str, str],
    path: tuple[str, str],
    make: Callable[[Document], T],
) -> tuple[T, ...]:
    """Every item once. A list that changes between two pages repeats or hides items; the count
    shows it, and the list is read again, once.
    """
    total, found = _one_pass(api, action, query, path, make)
    if len(found) != total:
        total, found = _one_pass(api, action, query, path, make)
    if len(found) < total:
        raise CloudError(
            message(
                "{action} counts {total} but lists {count}",
                action=action,
                total=total,
                count=len(found),
            ),
            message("try again"),
        )
    return tuple(found[key] for key in sorted(found))


def _one_pass(
    api: VpcApi,
    action: str,
    query: dict[str, str],
    path: tuple[str, str],
    make: Callable[[Document], T],
) -> tuple[int, dict[str, T]]:
    found: dict[str, T] = {}
    for number in count(1):
        paging = {"PageNumber": str(number), "PageSize": str(PAGE)}
        body = Document(_decoded(api.call(action, {**query, **paging})))
        total = body.under("TotalCount").value
        counted = isinstance(total, int)
        # Without a list only a count of none means that there is none.
        if not isinstance(body.under(*path).value, list) and not (counted and total == 0):
            raise _odd(action)
        items = [make(item) for item in body.items(*path)]
        known = len(found)
        found.update((item.id, item) for item in items)
        if isinstance(total, int) and (not items or number * PAGE >= total):
            return total, found
        # Without a count the list ends with a page that is not full; a full one that brings nothing
        # new leaves its end unknown.
        if not counted and len(items) < PAGE:
            return len(found), found
        if not counted and len(found) == known:
            raise _odd(action)
        if number >= MOST_PAGES:
            raise CloudError(message("{action} never ends", action=action), message("try again"))
    raise AssertionError


class _Hop(Struct, gc=False):
    NextHopId: str = ""
    NextHopType: str = ""
    Enabled: int | None = None


class _Hops(Struct, gc=False):
    NextHop: list[_Hop] = []


class _Entry(Struct, gc=False):
    DestinationCidrBlock: str
    RouteEntryId: str = ""
    Type: str = ""
    Status: str = ""
    RouteEntryName: str = ""
    Description: str = ""
    Origin: str = ""
    NextHops: _Hops = msgspec.field(default_factory=_Hops)


class _Entries(Struct, gc=False):
    RouteEntry: list[_Entry]


class _Page(Struct, gc=False):
    RouteEntrys: _Entries
    NextToken: str | None = None


_PAGE = msgspec.json.Decoder(_Page)


def read_entries(
    api: VpcApi, table_id: str, pool: InternPool, cidr: str = ""
) -> tuple[RouteEntry, ...]:
    """All entries of a table, or those of a ``cidr``, in the API's order; ``pool`` is that of the
    whole reading. Raises CloudError.

    A NextToken that expires begins the listing again, once; so does an entry that comes twice,
    because then the list moved between two pages and another may have been missed.
    """
    try:
        entries = _token_pages(api, table_id, pool, cidr)
    except CloudError as error:
        if error.code not in EXPIRED_TOKEN:
            raise
        entries = _token_pages(api, table_id, pool, cidr)
    else:
        if len(_distinct(entries)) != len(entries):
            entries = _token_pages(api, table_id, pool, cidr)
    return tuple(_distinct(entries))


def _distinct(entries: list[RouteEntry]) -> list[RouteEntry]:
    return list({(entry.id or entry.cidr, entry.next_hops): entry for entry in entries}.values())


def _token_pages(api: VpcApi, table_id: str, pool: InternPool, cidr: str) -> list[RouteEntry]:
    query = {"RouteTableId": table_id, "MaxResult": str(BOLD_PAGE)}
    if cidr:
        query["DestinationCidrBlock"] = cidr
    entries: list[RouteEntry] = []
    seen = {""}
    while True:
        try:
            page, token = decode_entries(api.call("DescribeRouteEntryList", query), pool)
        except CloudError as error:
            if not _page_too_large(error, query):
                raise
            query["MaxResult"] = str(DOCUMENTED_PAGE)
            continue
        if not pool.kept.add(page):
            raise CloudError(
                message(
                    "the entries of all tables, {table_id} with them, are too many",
                    table_id=table_id,
                )
            )
        entries += page
        if not token:
            return entries
        if token in seen or len(seen) > MOST_PAGES:
            raise CloudError(
                message("DescribeRouteEntryList of {table_id} never ends", table_id=table_id),
                message("try again"),
            )
        seen.add(token)
        query["NextToken"] = token


def _page_too_large(error: CloudError, query: dict[str, str]) -> bool:
    """Whether the server may have meant our MaxResult; asking once more settles it."""
    if query["MaxResult"] != str(BOLD_PAGE) or error.code in EXPIRED_TOKEN:
        return False
    named = "MaxResult" in error.code or "MaxResult" in error.message
    return named or error.code.startswith(("IllegalParam", "InvalidParam"))


def decode_entries(body: bytes, pool: InternPool) -> tuple[list[RouteEntry], str]:
    """The entries of one answer and the token of the next page, empty at the end.

    An entry with a malformed part is kept with the rest of it. Raises CloudError.
    """
    try:
        page = _PAGE.decode(body)
    except msgspec.ValidationError:
        document = Document(_decoded(body))
        # A table whose entries are not listed is not an empty one.
        if not isinstance(document.under("RouteEntrys", "RouteEntry").value, list):
            raise _odd("DescribeRouteEntryList") from None
        items = document.items("RouteEntrys", "RouteEntry")
        return [_tolerant(item) for item in items], document.text("NextToken")
    except UNREADABLE:
        raise _broken() from None
    return [_typed(entry, pool) for entry in page.RouteEntrys.RouteEntry], page.NextToken or ""


def _typed(entry: _Entry, pool: InternPool) -> RouteEntry:
    word = pool.word
    hops = tuple(
        NextHop(hop.NextHopId, hop.NextHopType, None if hop.Enabled is None else hop.Enabled == 1)
        for hop in entry.NextHops.NextHop
    )
    return RouteEntry(
        id=entry.RouteEntryId,
        cidr=word(entry.DestinationCidrBlock),
        type=word(entry.Type),
        status=word(entry.Status),
        next_hops=pool.hops(hops),
        name=word(entry.RouteEntryName),
        description=word(entry.Description),
        origin=word(entry.Origin),
    )


def _tolerant(item: Document) -> RouteEntry:
    return RouteEntry(
        id=item.text("RouteEntryId"),
        cidr=item.text("DestinationCidrBlock"),
        type=item.text("Type"),
        status=item.text("Status"),
        next_hops=tuple(
            NextHop(hop.text("NextHopId"), hop.text("NextHopType"), _enabled(hop))
            for hop in item.items("NextHops", "NextHop")
        ),
        name=item.text("RouteEntryName"),
        description=item.text("Description"),
        origin=item.text("Origin"),
    )


def _enabled(hop: Document) -> bool | None:
    """0 or 1 by the documentation; true, false and "1" have no other sensible meaning."""
    return {"0": False, "1": True, "false": False, "true": True}.get(hop.text("Enabled").lower())


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        raise _broken() from None


def _broken() -> CloudError:
    return CloudError(message("the VPC API sent truncated JSON"), message("try again"))


def _odd(action: str) -> CloudError:
    return CloudError(
        message("{action} failed: the VPC API sent unexpected JSON", action=action), CHECK_ENDPOINT
    )
