"""The two APIs without a socket: answers by request, one of them hostile."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3

from kubectl_routes.collect.aliyun_client import decoded
from kubectl_routes.collect.connection import LARGEST_PAGE, Connection
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.transport import Transport
from kubectl_routes_simulator.server import Reply, Request
from tests.qa.fuzz import seeds

SERVER = "http://127.0.0.1:9"
_PEER = ("127.0.0.1", 9)


class Pool:
    """In place of a pool of connections to the Kubernetes API."""

    pool_classes_by_scheme: Mapping[str, Any] = {}

    def __init__(self, replies: Mapping[str, Reply], key: str, body: bytes, status: int) -> None:
        self._replies = replies
        self._key = key
        self._body = body
        self._status = status

    def request(self, method: str, url: str, **_: Any) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        key = seeds.key_of(Request(method, unquote(parts.path), query, {}, b"", _PEER))
        reply = self._replies.get(key) or Reply(404, b"{}")
        body, status = reply.body, reply.status
        if key == self._key:
            body, status = self._body, self._status
        kind = "text/plain" if "/log" in url else "application/json"
        head = {"Content-Type": kind, "Content-Length": str(len(body))}
        return urllib3.HTTPResponse(BytesIO(body), head, status, preload_content=False)

    def clear(self) -> None:
        """Nothing is kept open."""


def connection(pool: Pool) -> Connection:
    transport = Transport(pool, at_once=1, largest=LARGEST_PAGE, seconds=1.0)
    headers = urllib3.HTTPHeaderDict
    return Connection("fuzz", SERVER, "unknown", transport, headers, lambda: ("t0ken",))


class Api:
    """In place of the VPC API: each call is given the same answer."""

    region = "cn-hangzhou"

    def __init__(self, body: bytes) -> None:
        self._body = body

    def body(self, _action: str, _parameters: dict[str, str]) -> bytes:
        return self._body

    def call(self, action: str, _parameters: dict[str, str]) -> Document:
        return decoded(action, self._body)
