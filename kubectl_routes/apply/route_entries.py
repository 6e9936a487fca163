"""Single writes to route tables: each entry is read again first."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.collect.aliyun_client import NoResponseError, RpcApi
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.entries import InternPool, read_entries
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.repair import EntryChange
from kubectl_routes.model.vpc import RouteEntry

_GONE = "InvalidRouteEntry.NotFound"
# RAM refuses a call before anything else in it is looked at.
_DENIED = ("Forbidden", "NoPermission", "InvalidAccessKeyId", "InvalidSecurityToken", "Signature")
_NO_NEXT_HOP = "InvalidNextHop"
# Seconds between two looks at an entry that is being deleted, and how many there are at most.
_PAUSE = 0.5
_LOOKS = 60


class RouteEntries:
    """Deletes and creates entries of one region."""

    def __init__(self, api: RpcApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def check(self, change: EntryChange) -> None:
        """Let the API say whether the key may delete this entry and create it again: what could not
        be undone is not done. What brings an entry back needs no more than that. Raises CloudError.
        """
        deletion = () if change.create else (("DeleteRouteEntry", _key(change)),)
        for action, query in (*deletion, ("CreateRouteEntry", _described(change))):
            try:
                self._api.call(action, {**query, "DryRun": "true"})
            except CloudError as error:
                if isinstance(error, NoResponseError) or error.code.startswith(_DENIED):
                    raise

    def now(self, change: EntryChange) -> RouteEntry | None:
        """The entry that has the CIDR now; one that is being deleted is waited for. Raises
        CloudError.
        """
        cidr = change.entry.cidr
        for look in count(1):
            found = read_entries(self._api, change.table, InternPool(), cidr)
            entry = next((entry for entry in found if entry.cidr == cidr), None)
            if entry is None or entry.status != "Deleting" or look > _LOOKS:
                return entry
            self._clock.sleep(_PAUSE)
        raise AssertionError

    def write(self, change: EntryChange, *, create: bool) -> str:
        """Create the entry as it was, or delete it; why it cannot be created, where its next hop is
        gone, else empty. A deletion names the next hop, so that an entry to another is never hit;
        one that is gone is fine. Raises CloudError.
        """
        try:
            if create:
                query = {**_described(change), "ClientToken": str(uuid4())}
                self._api.call("CreateRouteEntry", query)
            else:
                self._api.call("DeleteRouteEntry", _key(change))
        except CloudError as error:
            if create and error.code.startswith(_NO_NEXT_HOP):
                return message(
                    "{change}: {hop} does not exist any more",
                    change=change.name,
                    hop=next_hop_text(change.entry),
                )
            if create or error.code != _GONE:
                raise
        return ""


def check_unchanged(change: EntryChange, now: RouteEntry) -> None:
    """Raise ChangedMeanwhile unless an entry is still the one that was planned for."""
    was = change.entry
    same = (was.next_hops and now.next_hops) and was.next_hops[0].id == now.next_hops[0].id
    if not same or (was.name, was.description) != (now.name, now.description):
        raise ChangedMeanwhile(
            message(
                "route entry {change} has just been changed, it leads to {hop}",
                change=change.name,
                hop=next_hop_text(now),
            ),
            message("nothing of that was overwritten; look at it and run the command again"),
        )


def _key(change: EntryChange) -> dict[str, str]:
    return {
        "RouteTableId": change.table,
        "DestinationCidrBlock": change.entry.cidr,
        "NextHopId": change.entry.next_hops[0].id,
    }


def _described(change: EntryChange) -> dict[str, str]:
    entry = change.entry
    wanted = {
        "NextHopType": entry.next_hops[0].type,
        "RouteEntryName": entry.name,
        "Description": entry.description,
    }
    return {**_key(change), **{name: text for name, text in wanted.items() if text}}
