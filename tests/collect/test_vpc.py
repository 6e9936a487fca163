from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from kubectl_routes.collect.aliyun_client import VPC, RpcApi
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.entries import InternPool, decode_entries, read_entries
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.collect.vpc import read_strays, read_tables, read_v_switches
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.vpc import NextHop, RouteEntry
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.timing import FastClock
from tests.qa.security.authority import Authority

KEY = AccessKey("STS.C4naryId", "s3cr3t/C4nary+", "t0ken/C4nary+==")
JSON = {"Content-Type": "application/json"}

Answer = dict[str, object] | tuple[int, dict[str, object]]


@contextmanager
def opened(
    server: LoopbackServer, url: str = "", bundle: str = "", clock: FastClock | None = None
) -> Iterator[RpcApi]:
    """The VPC API at a server that runs until the end of the block."""
    with server:
        route = Route(url or server.url, None, bundle)
        deadline = Deadline(clock or FastClock(), 20.0)
        api = RpcApi(VPC, KEY, "cn-hangzhou", route, deadline)
        yield api
        api.close()


def answering(answer: Callable[[dict[str, str]], Answer]) -> LoopbackServer:
    """A VPC API whose answers depend on the call's parameters alone."""

    def handle(request: Request) -> Reply:
        found = answer({name: values[0] for name, values in request.query.items()})
        status, body = found if isinstance(found, tuple) else (200, found)
        return Reply(status, msgspec.json.encode(body), JSON)

    return LoopbackServer(handle)


def listed_entries(api: RpcApi) -> list[str]:
    return [entry.id for entry in read_entries(api, "vtb-1", InternPool())]


def listed_v_switches(api: RpcApi) -> list[str]:
    return [v_switch.id for v_switch in read_v_switches(api, "vpc-1")]


def refusal(code: str, message: str = "No.", status: int = 400) -> Answer:
    return status, {"Code": code, "Message": message, "RequestId": "R-1"}


def entries(*ids: str, token: str = "") -> Answer:
    listed = [{"RouteEntryId": each, "DestinationCidrBlock": "10.0.0.0/24"} for each in ids]
    return {"RouteEntrys": {"RouteEntry": listed}, "NextToken": token}


def test_entries_are_read_to_the_end() -> None:
    pages = {"": entries("a", "b", token="1"), "1": entries("c", token="2"), "2": entries("d")}
    server = answering(lambda call: pages[call.get("NextToken", "")])
    with opened(server) as api:
        assert listed_entries(api) == ["a", "b", "c", "d"]
    query = server.requests[0].query
    assert query["SecurityToken"] == [KEY.token]
    assert query["RegionId"] == ["cn-hangzhou"]
    assert "kubectl-routes/" in server.requests[0].user_agent


def test_a_server_that_refuses_large_pages_is_asked_for_documented_ones() -> None:
    sizes: list[str] = []

    def answer(call: dict[str, str]) -> Answer:
        sizes.append(call["MaxResult"])
        if int(call["MaxResult"]) > 100:
            return refusal("IllegalParam.MaxResult")
        return entries("b") if "NextToken" in call else entries("a", token="1")

    with opened(answering(answer)) as api:
        assert listed_entries(api) == ["a", "b"]
    assert sizes == ["500", "100", "100"]


@pytest.mark.parametrize(("expired", "works"), [(1, True), (2, False)])
def test_an_expired_token_begins_the_listing_again_once(expired: int, works: bool) -> None:
    left = [expired]

    def answer(call: dict[str, str]) -> Answer:
        if "NextToken" not in call:
            return entries("a", token="1")
        left[0] -= 1
        return refusal("IllegalParam.NextTokenExpired") if left[0] >= 0 else entries("b")

    with opened(answering(answer)) as api:
        if works:
            assert listed_entries(api) == ["a", "b"]
        else:
            with pytest.raises(CloudError, match=r"IllegalParam\.NextTokenExpired"):
                listed_entries(api)


def test_an_entry_that_comes_twice_makes_the_listing_begin_again() -> None:
    calls: list[str] = []

    def answer(call: dict[str, str]) -> Answer:
        calls.append(call.get("NextToken", ""))
        if "NextToken" not in call:
            return entries("a", "b", token="1")
        return entries("b", "c") if len(calls) == 2 else entries("c")

    with opened(answering(answer)) as api:
        assert listed_entries(api) == ["a", "b", "c"]
    assert calls == ["", "1", "", "1"]


def hop(**fields: object) -> dict[str, object]:
    return {"NextHopId": "i-1", "NextHopType": "Instance", **fields}


def test_entries_with_no_one_and_several_next_hops() -> None:
    listed = [
        {"RouteEntryId": "none", "DestinationCidrBlock": "10.0.0.0/24", "Type": "Custom"},
        {"RouteEntryId": "one", "DestinationCidrBlock": "a", "NextHops": {"NextHop": [hop()]}},
        {
            "RouteEntryId": "two",
            "DestinationCidrBlock": "b",
            "NextHops": {"NextHop": [hop(Enabled=1), hop(NextHopType="Teleport", Enabled=0)]},
            "Unheard": {"of": 1},
        },
    ]
    body = msgspec.json.encode({"RouteEntrys": {"RouteEntry": listed}})
    assert decode_entries(body, InternPool()) == (
        [
            RouteEntry("none", "10.0.0.0/24", "Custom"),
            RouteEntry("one", "a", next_hops=(NextHop("i-1", "Instance"),)),
            RouteEntry(
                "two",
                "b",
                next_hops=(NextHop("i-1", "Instance", True), NextHop("i-1", "Teleport", False)),
            ),
        ],
        "",
    )


def test_an_entry_with_wrong_types_costs_no_other() -> None:
    listed = [
        {"RouteEntryId": 7, "DestinationCidrBlock": None, "NextHops": []},
        {"RouteEntryId": "b", "DestinationCidrBlock": "b", "NextHops": {"NextHop": None}},
        {
            "RouteEntryId": "c",
            "DestinationCidrBlock": "c",
            "NextHops": {"NextHop": [hop(Enabled="1")]},
        },
    ]
    body = msgspec.json.encode({"RouteEntrys": {"RouteEntry": listed}, "NextToken": "t"})
    assert decode_entries(body, InternPool()) == (
        [
            RouteEntry("7", ""),
            RouteEntry("b", "b"),
            RouteEntry("c", "c", next_hops=(NextHop("i-1", "Instance", True),)),
        ],
        "t",
    )


def v_switches(total: int, *ids: str) -> dict[str, object]:
    listed = [{"VSwitchId": each, "CidrBlock": "10.0.0.0/24"} for each in ids]
    return {"TotalCount": total, "VSwitches": {"VSwitch": listed}}


@pytest.mark.parametrize(("number", "counted"), [(120, True), (70, False)])
def test_numbered_pages_are_read_up_to_the_count_or_to_one_that_is_not_full(
    number: int, counted: bool
) -> None:
    ids = [f"vsw-{each:03}" for each in range(number)]

    def answer(call: dict[str, str]) -> Answer:
        first = (int(call["PageNumber"]) - 1) * int(call["PageSize"])
        page = v_switches(number, *ids[first : first + 50])
        return page if counted else {"VSwitches": page["VSwitches"]}

    server = answering(answer)
    with opened(server) as api:
        assert listed_v_switches(api) == ids
    assert len(server.requests) == -(-number // 50)


def test_a_list_that_changed_between_two_pages_is_read_again() -> None:
    answers = iter((v_switches(2, "vsw-1"), v_switches(2, "vsw-1", "vsw-2")))
    with opened(answering(lambda _: next(answers))) as api:
        assert listed_v_switches(api) == ["vsw-1", "vsw-2"]


ENDLESS = {"VSwitches": v_switches(0, *(f"vsw-{number}" for number in range(50)))["VSwitches"]}


@pytest.mark.parametrize(
    ("answer", "read", "complaint"),
    [
        (entries("a", token="1"), listed_entries, "never ends"),
        (v_switches(2, "vsw-1"), listed_v_switches, "counts 2 but lists 1"),
        (ENDLESS, listed_v_switches, "failed: the VPC API sent unexpected JSON"),
        # A VPC always has a table, and nodes are in a vSwitch.
        (v_switches(0), listed_v_switches, "shows no vSwitch of vpc-1 in cn-hangzhou"),
        ({"TotalCount": 0}, lambda api: read_tables(api, "vpc-1"), "shows no table of vpc-1"),
    ],
)
def test_a_list_that_cannot_be_whole_is_an_error(
    answer: Answer, read: Callable[[RpcApi], object], complaint: str
) -> None:
    with opened(answering(lambda _: answer)) as api, pytest.raises(CloudError, match=complaint):
        read(api)


def test_server_that_does_not_filter_by_id_shows_no_stray() -> None:
    listed = [{"RouteTableId": "vtb-1"}, {"RouteTableId": "vtb-2"}]
    page: Answer = {"TotalCount": 2, "RouterTableList": {"RouterTableListType": listed}}
    with opened(answering(lambda _: page)) as api:
        assert read_strays(api, ["vtb-nope"]) == ()
        assert [table.id for table in read_strays(api, ["vtb-2"])] == ["vtb-2"]


def shows_no_key(error: CloudError) -> bool:
    text = f"{error.message} {error.hint} {error.request_id}"
    return "C4nary" not in text and "Signature=" not in text


def test_a_refused_signature_does_not_repeat_what_was_signed() -> None:
    def answer(call: dict[str, str]) -> Answer:
        words = f"server string to sign is:POST&%2F&AccessKeyId%3D{call['AccessKeyId']}"
        return refusal("SignatureDoesNotMatch", words)

    with opened(answering(answer)) as api, pytest.raises(CloudError) as raised:
        api.call("DescribeVSwitches", {})
    assert (raised.value.code, raised.value.request_id) == ("SignatureDoesNotMatch", "R-1")
    assert shows_no_key(raised.value)


def test_a_refusal_that_repeats_the_token_is_cleaned() -> None:
    def answer(call: dict[str, str]) -> Answer:
        token = call["SecurityToken"]
        said = parse_qs(f"t={token}")
        return refusal("Forbidden.RAM", f"no {token} t0ken%2FC4nary%2B%3D%3D {said}", 403)

    with opened(answering(answer)) as api, pytest.raises(CloudError, match="Forbidden") as raised:
        api.call("DescribeVSwitches", {})
    assert "no REDACTED REDACTED" in raised.value.message


def test_a_refused_connection_is_told_without_the_query() -> None:
    server = answering(lambda _: {})
    with opened(server) as api:
        server.stop()
        with pytest.raises(CloudError, match="it refuses connections") as raised:
            api.call("DescribeVSwitches", {})
    assert shows_no_key(raised.value)
    assert f"{server.url} cannot be used" in raised.value.message


def test_a_page_of_a_proxy_is_not_taken_for_an_answer() -> None:
    page = Reply(200, b"<html>\xff log in</html>", {"Content-Type": "text/html"})
    complaint = "answered 200 with something that is not whole JSON"
    with (
        opened(LoopbackServer(lambda _: page)) as api,
        pytest.raises(CloudError, match=complaint),
    ):
        api.call("DescribeVSwitches", {})


def test_words_and_next_hops_of_two_tables_are_kept_once() -> None:
    def listed(entry_id: str) -> bytes:
        one = {
            "RouteEntryId": entry_id,
            "DestinationCidrBlock": "10.0.0.0/24",
            "NextHops": {"NextHop": [hop()]},
        }
        return msgspec.json.encode({"RouteEntrys": {"RouteEntry": [one]}})

    pool = InternPool()
    (first,), _ = decode_entries(listed("a"), pool)
    (second,), _ = decode_entries(listed("b"), pool)
    assert (first.id, second.id) == ("a", "b")
    assert first.cidr is second.cidr
    assert first.next_hops is second.next_hops


def test_a_certificate_is_checked_at_once(tmp_path: Path) -> None:
    own, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    right, other = own.issue("localhost"), own.issue("vpc.example.com")
    body = msgspec.json.encode(entries("a"))

    def answer(_: Request) -> Reply:
        return Reply(200, body, JSON)

    for shown, bundle, complaint in (
        (right, stranger.path, "its certificate is not trusted"),
        (right, str(tmp_path / "nothing"), "its certificate is not trusted"),
        (other, own.path, "its certificate is for another name"),
        (right, own.path, ""),
    ):
        clock, server = FastClock(), LoopbackServer(answer, cert=shown.cert, key=shown.key)
        with opened(server, f"https://localhost:{server.port}", bundle, clock) as api:
            if not complaint:
                assert listed_entries(api) == ["a"]
                continue
            with pytest.raises(CloudError, match=complaint) as raised:
                api.call("DescribeVSwitches", {})
        assert (server.requests, clock.slept) == ((), [])
        assert shows_no_key(raised.value)
