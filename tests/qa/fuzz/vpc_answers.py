"""What the VPC API answers: the VPC, its vSwitches, its tables, their entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import cast
from urllib.parse import parse_qs, urlsplit

from kubectl_routes.collect import vpc
from kubectl_routes.collect.aliyun_client import RpcApi, decoded
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.entries import InternPool, read_entries
from kubectl_routes.model.errors import CloudError
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.target import Target

_ID = "vpc-bp1practice"
_READERS: dict[str, Callable[[RpcApi], object]] = {
    "DescribeVpcAttribute": lambda api: vpc.read_vpc(api, _ID),
    "DescribeVSwitches": lambda api: vpc.read_v_switches(api, _ID),
    "DescribeRouteTableList": lambda api: vpc.read_tables(api, _ID),
    "DescribeRouteEntryList": lambda api: read_entries(api, "vtb-a", InternPool()),
}


class Api:
    """In place of the VPC API: each call is given the same answer."""

    region = "cn-hangzhou"

    def __init__(self, body: bytes) -> None:
        self._body = body

    def body(self, _action: str, _parameters: dict[str, str]) -> bytes:
        return self._body

    def call(self, action: str, _parameters: dict[str, str]) -> Document:
        return decoded(action, self._body)


class VpcAnswers(Target):
    """The action, a line feed, and then the body."""

    name = "VPC API answers"
    about = "each answer of a reading in turn, through all that reads it"
    share = 20_000

    def make(self, chance: Random) -> bytes:
        _, replies = seeds.answers("conflict")
        key = chance.choice(sorted(replies))
        action = parse_qs(urlsplit(key).query)["Action"][0]
        body = mutate.hostile(chance, json.loads(replies[key].body))
        return action.encode() + b"\n" + body

    def feed(self, body: bytes) -> bool:
        action, _, answer = body.partition(b"\n")
        read = _READERS.get(action.decode("ascii", "replace"))
        if read is None:
            return False  # the head of a shortened input
        try:
            read(cast(RpcApi, Api(answer)))
        except CloudError:
            return False
        return True
