from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
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


@pytest.fixture
def open_api() -> Iterator[Callable[..., RpcApi]]:
    opened: list[RpcApi] = []

    def open_one(endpoint: str, verify: str = "", clock: FastClock | None = None) -> RpcApi:
        route = Route(endpoint, None, verify)
        api = RpcApi(VPC, KEY, "cn-hangzhou", route, Deadline(clock or FastClock(), 20.0))
        opened.append(api)
        return api

    yield open_one
    for api in opened:
        api.close()


def answering(answer: Callable[[dict[str, str]], Answer]) -> LoopbackServer:
    """A VPC API whose answers depend on the call's parameters alone."""

    def handle(request: Request) -> Reply:
        found = answer({name: values[0] for name, values in request.query.items()})
        status, body = found if isinstance(found, tuple) else (200, found)
        return Reply(status, msgspec.json.encode(body), JSON)

    return LoopbackServer(handle)


def refusal(code: str, message: str = "No.", status: int = 400) -> Answer:
    return status, {"Code": code, "Message": message, "RequestId": "R-1"}


def entries(*ids: str, token: str = "") -> Answer:
    listed = [{"RouteEntryId": each, "DestinationCidrBlock": "10.0.0.0/24"} for each in ids]
    return {"RouteEntrys": {"RouteEntry": listed}, "NextToken": token}


def entry_ids(found: tuple[RouteEntry, ...]) -> list[str]:
    return [entry.id for entry in found]


def test_entries_are_read_to_the_end(open_api: Callable[..., RpcApi]) -> None:
    pages = {"": entries("a", "b", token="1"), "1": entries("c", token="2"), "2": entries("d")}
    with answering(lambda call: pages[call.get("NextToken", "")]) as server:
        found = read_entries(open_api(server.url), "vtb-1", InternPool())
        assert entry_ids(found) == ["a", "b", "c", "d"]
        query = server.requests[0].query
        assert query["SecurityToken"] == [KEY.token]
        assert query["RegionId"] == ["cn-hangzhou"]
        assert "kubectl-routes/" in server.requests[0].user_agent


def test_a_server_that_refuses_large_pages_is_asked_for_documented_ones(
    open_api: Callable[..., RpcApi],
) -> None:
    sizes: list[str] = []

    def answer(call: dict[str, str]) -> Answer:
        sizes.append(call["MaxResult"])
        if int(call["MaxResult"]) > 100:
            return refusal("IllegalParam.MaxResult")
        return entries("b") if "NextToken" in call else entries("a", token="1")

    with answering(answer) as server:
        assert entry_ids(read_entries(open_api(server.url), "vtb-1", InternPool())) == ["a", "b"]
    assert sizes == ["500", "100", "100"]


@pytest.mark.parametrize(("expired", "works"), [(1, True), (2, False)])
def test_an_expired_token_begins_the_listing_again_once(
    open_api: Callable[..., RpcApi], expired: int, works: bool
) -> None:
    left = [expired]

    def answer(call: dict[str, str]) -> Answer:
        if "NextToken" not in call:
            return entries("a", token="1")
        left[0] -= 1
        return refusal("IllegalParam.NextTokenExpired") if left[0] >= 0 else entries("b")

    with answering(answer) as server:
        api = open_api(server.url)
        if works:
            assert entry_ids(read_entries(api, "vtb-1", InternPool())) == ["a", "b"]
        else:
            with pytest.raises(CloudError) as raised:
                read_entries(api, "vtb-1", InternPool())
            assert raised.value.code == "IllegalParam.NextTokenExpired"


def test_a_listing_that_never_ends_is_an_error(open_api: Callable[..., RpcApi]) -> None:
    with answering(lambda _: entries("a", token="1")) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError, match="never ends"):
            read_entries(api, "vtb-1", InternPool())


def test_an_entry_that_comes_twice_makes_the_listing_begin_again(
    open_api: Callable[..., RpcApi],
) -> None:
    calls: list[str] = []

    def answer(call: dict[str, str]) -> Answer:
        calls.append(call.get("NextToken", ""))
        if "NextToken" not in call:
            return entries("a", "b", token="1")
        return entries("b", "c") if len(calls) == 2 else entries("c")

    with answering(answer) as server:
        found = read_entries(open_api(server.url), "vtb-1", InternPool())
        assert entry_ids(found) == ["a", "b", "c"]
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


def test_numbered_pages_are_read_up_to_the_count(open_api: Callable[..., RpcApi]) -> None:
    ids = [f"vsw-{number:03}" for number in range(120)]

    def answer(call: dict[str, str]) -> Answer:
        first = (int(call["PageNumber"]) - 1) * int(call["PageSize"])
        return v_switches(120, *ids[first : first + 50])

    with answering(answer) as server:
        assert [each.id for each in read_v_switches(open_api(server.url), "vpc-1")] == ids
        assert len(server.requests) == 3


def test_a_count_that_is_never_reached_is_an_error(open_api: Callable[..., RpcApi]) -> None:
    with answering(lambda _: v_switches(2, "vsw-1")) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError, match="counts 2 but lists 1"):
            read_v_switches(api, "vpc-1")


def test_a_list_that_changed_between_two_pages_is_read_again(
    open_api: Callable[..., RpcApi],
) -> None:
    answers = iter((v_switches(2, "vsw-1"), v_switches(2, "vsw-1", "vsw-2")))
    with answering(lambda _: next(answers)) as server:
        found = read_v_switches(open_api(server.url), "vpc-1")
    assert [each.id for each in found] == ["vsw-1", "vsw-2"]


def test_a_list_without_a_count_may_go_on_unseen(open_api: Callable[..., RpcApi]) -> None:
    listed = [{"VSwitchId": f"vsw-{number}"} for number in range(50)]
    page: Answer = {"VSwitches": {"VSwitch": listed}}
    with answering(lambda _: page) as server:
        api = open_api(server.url)
        with pytest.raises(
            CloudError, match="DescribeVSwitches failed: the VPC API sent unexpected JSON"
        ):
            read_v_switches(api, "vpc-1")


def test_a_list_without_a_count_ends_with_a_page_that_is_not_full(
    open_api: Callable[..., RpcApi],
) -> None:
    ids = [f"vsw-{number:03}" for number in range(70)]

    def answer(call: dict[str, str]) -> Answer:
        first = (int(call["PageNumber"]) - 1) * int(call["PageSize"])
        return {"VSwitches": v_switches(0, *ids[first : first + 50])["VSwitches"]}

    with answering(answer) as server:
        assert [each.id for each in read_v_switches(open_api(server.url), "vpc-1")] == ids
        assert len(server.requests) == 2


def test_a_vpc_without_v_switches_was_not_seen_whole(open_api: Callable[..., RpcApi]) -> None:
    with answering(lambda _: v_switches(0)) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError, match="shows no vSwitch of vpc-1 in cn-hangzhou"):
            read_v_switches(api, "vpc-1")


def test_server_that_does_not_filter_by_id_shows_no_stray(
    open_api: Callable[..., RpcApi],
) -> None:
    listed = [{"RouteTableId": "vtb-1"}, {"RouteTableId": "vtb-2"}]
    page: Answer = {"TotalCount": 2, "RouterTableList": {"RouterTableListType": listed}}
    with answering(lambda _: page) as server:
        api = open_api(server.url)
        assert read_strays(api, ["vtb-nope"]) == ()
        assert [table.id for table in read_strays(api, ["vtb-2"])] == ["vtb-2"]


def test_a_vpc_without_tables_is_the_wrong_vpc(open_api: Callable[..., RpcApi]) -> None:
    with answering(lambda _: {"TotalCount": 0}) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError) as raised:
            read_tables(api, "vpc-1")
    assert raised.value.hint.startswith("check --vpc-id and --region")


def shows_no_key(error: CloudError) -> bool:
    text = f"{error.message} {error.hint} {error.request_id}"
    return "C4nary" not in text and "Signature=" not in text


def test_a_refused_signature_does_not_repeat_what_was_signed(
    open_api: Callable[..., RpcApi],
) -> None:
    def answer(call: dict[str, str]) -> Answer:
        words = f"server string to sign is:POST&%2F&AccessKeyId%3D{call['AccessKeyId']}"
        return refusal("SignatureDoesNotMatch", words)

    with answering(answer) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError) as raised:
            api.call("DescribeVSwitches", {})
    assert raised.value.code == "SignatureDoesNotMatch"
    assert raised.value.request_id == "R-1"
    assert shows_no_key(raised.value)


def test_a_refusal_that_repeats_the_token_is_cleaned(open_api: Callable[..., RpcApi]) -> None:
    def handle(request: Request) -> Reply:
        said = parse_qs(f"t={request.first('SecurityToken')}")
        words = f"no {request.first('SecurityToken')} t0ken%2FC4nary%2B%3D%3D {said}"
        return Reply(403, msgspec.json.encode({"Code": "Forbidden.RAM", "Message": words}), JSON)

    with LoopbackServer(handle) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError, match=r"Forbidden\.RAM") as raised:
            api.call("DescribeVSwitches", {})
    assert "no REDACTED REDACTED" in raised.value.message


def test_a_refused_connection_is_told_without_the_url(open_api: Callable[..., RpcApi]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = open_api(f"http://127.0.0.1:{port}")
    with pytest.raises(CloudError, match="it refuses connections") as raised:
        api.call("DescribeVSwitches", {})
    assert shows_no_key(raised.value)
    assert f"127.0.0.1:{port}" in raised.value.message


def test_a_page_of_a_proxy_is_not_taken_for_an_answer(open_api: Callable[..., RpcApi]) -> None:
    page = Reply(200, b"<html>\xff log in</html>", {"Content-Type": "text/html"})
    with LoopbackServer(lambda _: page) as server:
        api = open_api(server.url)
        with pytest.raises(CloudError, match="answered 200 with something that is not whole JSON"):
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


def test_a_certificate_is_checked_at_once(open_api: Callable[..., RpcApi], tmp_path: Path) -> None:
    own, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    body = msgspec.json.encode(entries("a"))
    wrong = (
        (own.issue("localhost"), stranger.path, "its certificate is not trusted"),
        (own.issue("localhost"), str(tmp_path / "nothing"), "its certificate is not trusted"),
        (own.issue("vpc.example.com"), own.path, "its certificate is for another name"),
    )
    for shown, bundle, complaint in (*wrong, (own.issue("localhost"), own.path, "")):
        clock = FastClock()
        server = LoopbackServer(lambda _: Reply(200, body, JSON), cert=shown.cert, key=shown.key)
        with server:
            api = open_api(f"https://localhost:{server.port}", bundle, clock)
            if not complaint:
                assert entry_ids(read_entries(api, "vtb-1", InternPool())) == ["a"]
                continue
            with pytest.raises(CloudError, match=complaint) as raised:
                api.call("DescribeVSwitches", {})
        assert (server.requests, clock.slept) == ((), [])
        assert shows_no_key(raised.value)
