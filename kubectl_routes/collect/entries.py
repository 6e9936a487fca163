"""The entries of a route table, cut down to what routing depends on while they are being read."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from kubectl_routes.collect.aliyun_client import RpcApi, decoded
from kubectl_routes.collect.aliyun_errors import EXPIRED_TOKEN
from kubectl_routes.collect.answers import Kept
from kubectl_routes.collect.vpc import odd
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.vpc import NextHop, RouteEntry

# Entries per call. 100 is documented; CCM itself asks for 500, and is given them. A server that
# refuses is asked for the documented number.
BOLD_PAGE = 500
DOCUMENTED_PAGE = 100

# The quota of a table can be raised to thousands of entries, not to hundreds of thousands.
MOST_PAGES = 400

_ACTION = "DescribeRouteEntryList"
Hops = tuple[NextHop, ...]


class InternPool:
    """Equal words and next hops become the same object, in all tables of one reading; safe to
    share between threads.

    The same few words stand in every entry, and the same destination and instance in every table:
    so 150,000 entries take 20 MB instead of 90.
    """

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._hops: dict[Hops, Hops] = {}
        self.kept = Kept()

    def word(self, text: str) -> str:
        """The text, or an equal one that was here before."""
        return self._words.setdefault(text, text)

    def hops(self, hops: Hops) -> Hops:
        """The next hops of an entry, or equal ones that were here before."""
        return self._hops.setdefault(hops, hops)


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
    api: RpcApi, table_id: str, pool: InternPool, cidr: str = ""
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


def _token_pages(api: RpcApi, table_id: str, pool: InternPool, cidr: str) -> list[RouteEntry]:
    query = {"RouteTableId": table_id, "MaxResult": str(BOLD_PAGE)}
    if cidr:
        query["DestinationCidrBlock"] = cidr
    entries: list[RouteEntry] = []
    seen = {""}
    while True:
        try:
            page, token = decode_entries(api.body(_ACTION, query), pool)
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
    except UNREADABLE:
        document = decoded(_ACTION, body)
        # A table whose entries are not listed is not an empty one.
        if not isinstance(document.under("RouteEntrys", "RouteEntry").value, list):
            raise odd(_ACTION) from None
        page = document.as_struct(_Page)
    return [_entry(entry, pool) for entry in page.RouteEntrys.RouteEntry], page.NextToken or ""


def _entry(entry: _Entry, pool: InternPool) -> RouteEntry:
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
