"""The least that reading a cluster could take: a client that decodes nothing.

It reads the pages of the node list, and for each route table the chain of its pages of entries, all
of them at once, and looks in each answer for nothing but the token of the next page. ``make bench``
starts it as a process of its own and compares ``status`` with it:

    python -m bench.floor KUBE_URL VPC_URL TABLE [TABLE ...]

Key and secret come from the environment, as for the plugin.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit

CONTINUE = re.compile(rb'"continue": ?"([^"]+)"')
NEXT_TOKEN = re.compile(rb'"NextToken": ?"([^"]+)"')


def read(connection: HTTPConnection, target: str) -> bytes:
    """The body of one answer. Raises RuntimeError unless it is a success."""
    connection.request("GET", target, headers={"Accept": "application/json"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"{response.status} {body[:200]!r}")
    return body


def read_nodes(url: str) -> None:
    """The node list, page by page."""
    connection = HTTPConnection(urlsplit(url).netloc)
    token = ""
    while True:
        query = {"limit": "500"} | ({"continue": token} if token else {})
        found = CONTINUE.search(read(connection, f"/api/v1/nodes?{urlencode(query)}"))
        if found is None:
            return
        token = found[1].decode()


def signed(parameters: dict[str, str], secret: str) -> str:
    """The query of a call in RPC style, with its signature."""
    query = urlencode(sorted(parameters.items()), quote_via=quote, safe="~")
    text = f"GET&{quote('/', safe='')}&{quote(query, safe='~')}"
    digest = hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")
    return f"/?{query}&Signature={quote(base64.b64encode(digest), safe='')}"


def read_entries(url: str, table: str) -> None:
    """The entries of one route table, page by page."""
    connection = HTTPConnection(urlsplit(url).netloc)
    token = ""
    while True:
        parameters = {
            "AccessKeyId": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "Action": "DescribeRouteEntryList",
            "Format": "JSON",
            "MaxResult": "500",
            "RegionId": "cn-hangzhou",
            "RouteTableId": table,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": os.urandom(16).hex(),
            "SignatureVersion": "1.0",
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "Version": "2016-04-28",
        } | ({"NextToken": token} if token else {})
        target = signed(parameters, os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
        found = NEXT_TOKEN.search(read(connection, target))
        if found is None:
            return
        token = found[1].decode()


def main() -> None:
    """Read everything at once."""
    kube, vpc, *tables = sys.argv[1:]
    with ThreadPoolExecutor(1 + len(tables)) as pool:
        readings = [pool.submit(read_nodes, kube)]
        readings += [pool.submit(read_entries, vpc, table) for table in tables]
        for reading in readings:
            reading.result()


if __name__ == "__main__":
    main()
