"""The VPC's part of a reading: tables, vSwitches, and the entries of every table at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from msgspec import Struct

from kubectl_routes.collect import background
from kubectl_routes.collect.aliyun_client import RpcApi
from kubectl_routes.collect.aliyun_errors import GATEWAY_TABLE
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.entries import InternPool, read_entries
from kubectl_routes.collect.vpc import read_strays, read_tables, read_v_switches, read_vpc
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_ENTRIES, PART_TABLES, PART_VPC, PART_VSWITCHES, Gap
from kubectl_routes.model.vpc import RouteEntry, RouteTable, Vpc, VSwitch

T = TypeVar("T")

PARTS = (PART_VPC, PART_TABLES, PART_VSWITCHES)


class CloudReading(Struct, frozen=True):
    """What the VPC API showed; ``entries`` only of tables that were read to the end."""

    vpc: Vpc | None = None
    tables: tuple[RouteTable, ...] = ()
    v_switches: tuple[VSwitch, ...] = ()
    entries: dict[str, tuple[RouteEntry, ...]] = {}
    gaps: tuple[Gap, ...] = ()


def unread(reason: str, hint: str = "") -> tuple[Gap, ...]:
    """The gaps of a VPC that could not be asked at all."""
    return tuple(Gap(part, reason, hint) for part in PARTS)


def read_cloud(
    api: RpcApi,
    vpc_id: str,
    listed: Iterable[str],
    deadline: Deadline,
    notify: Callable[[str], None],
) -> CloudReading:
    """Everything of one VPC; what fails becomes a gap.

    ``listed`` are the table ids of CCM's list: one that is not of the VPC is looked up, because it
    matters whether it exists elsewhere.
    """
    gaps: list[Gap] = []
    vpc = background.start(partial(read_vpc, api, vpc_id))
    v_switches = background.start(partial(read_v_switches, api, vpc_id))
    tables = background.start(partial(read_tables, api, vpc_id))

    def settled(part: str, future: Future[T]) -> T | None:
        try:
            return background.wait_for(future, deadline)
        except CloudError as error:
            if error.code != GATEWAY_TABLE:
                gaps.append(Gap(part, error.message, error.hint))
        except TimeoutError:
            gaps.append(
                Gap(part, message("no answer within {seconds} s", seconds=f"{deadline.seconds:g}"))
            )
        return None

    known = settled(PART_TABLES, tables) or ()
    notify(message("route tables: {count}", count=len(known)))
    strays = sorted(set(listed) - {table.id for table in known}) if known else []
    if strays:
        found = settled(PART_TABLES, background.start(partial(read_strays, api, strays)))
        known += found or ()
    pool = InternPool()
    reading = {
        table.id: background.start(partial(read_entries, api, table.id, pool))
        for table in _own(known)
    }
    entries = {}
    for table_id, future in reading.items():
        held = settled(f"{PART_ENTRIES}{table_id}", future)
        if held is not None:
            entries[table_id] = held
    return CloudReading(
        settled(PART_VPC, vpc),
        known,
        settled(PART_VSWITCHES, v_switches) or (),
        entries,
        tuple(gaps),
    )


def _own(tables: Iterable[RouteTable]) -> list[RouteTable]:
    """The tables whose entries matter: CCM cannot manage a gateway's, and no node uses it."""
    return [table for table in tables if not table.is_gateway]
