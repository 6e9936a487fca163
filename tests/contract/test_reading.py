"""What every reader may expect of an API server, held against the simulated cluster and, where
there is one, a real server.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from tests.contract.servers import LABEL, UNKNOWN_USER, Object, Server
from tests.simulator.filling import refusal

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
AS_UNKNOWN = {"Impersonate-User": UNKNOWN_USER}


def config_map(server: Server, name: str, **labels: str) -> Object:
    meta = {"name": name, "namespace": server.run, "labels": labels}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta, "data": {"key": "value"}}


def contract_node(server: Server, name: str, **labels: str) -> Object:
    """A node that no scheduler uses and no cloud controller serves."""
    own = {LABEL: server.run, "service.alibabacloud.com/exclude-node": "true", **labels}
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": own},
        "spec": {"unschedulable": True},
    }


def daemon_set(server: Server, name: str) -> Object:
    labels = {"app": name}
    container = {"name": "main", "image": "registry.example.com/none:v1"}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "namespace": server.run},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [container],
                    "nodeSelector": {LABEL: "nowhere"},
                },
            },
        },
    }


def unique(stem: str) -> str:
    return f"{stem}-{secrets.token_hex(3)}"


def names(listed: Any) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


def test_pages_hold_every_object_once_and_show_one_moment(server: Server) -> None:
    seeded = sorted(unique("page") for _ in range(5))
    server.seed(*(config_map(server, name) for name in seeded))
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    pages = [server.get(path, limit="2").json()]
    server.seed(config_map(server, unique("zz-later")))
    while token := pages[-1]["metadata"].get("continue"):
        pages.append(server.get(path, limit="2", continue_=token).json())
    found = [name for page in pages for name in names(page)]
    assert [name for name in found if name in seeded] == seeded
    assert found == sorted(set(found))
    assert not [name for name in found if name.startswith("zz-later")]
    assert len({page["metadata"]["resourceVersion"] for page in pages}) == 1
    left = [page["metadata"].get("remainingItemCount") for page in pages]
    assert left == [*range(len(found) - 2, 0, -2), None]
    assert [len(page["items"]) for page in pages[:-1]] == [2] * (len(pages) - 1)


def test_under_a_selector_nothing_counts_what_remains(server: Server) -> None:
    mark = unique("mark")
    server.seed(*(config_map(server, unique("counted"), mark=mark) for _ in range(3)))
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    first = server.get(path, limit="2", labelSelector=f"mark={mark}").json()
    assert len(first["items"]) == 2
    assert "continue" in first["metadata"]
    assert "remainingItemCount" not in first["metadata"]
    token = first["metadata"]["continue"]
    rest = server.get(path, limit="2", labelSelector=f"mark={mark}", continue_=token).json()
    assert len(rest["items"]) == 1


def test_label_selectors(server: Server) -> None:
    zone, first, second, third = (unique("selected") for _ in range(4))
    server.seed(
        contract_node(server, first, set=zone, zone="a"),
        contract_node(server, second, set=zone, zone="b"),
        contract_node(server, third, set=zone),
    )

    def selected(selector: str) -> set[str]:
        listed = server.get("/api/v1/nodes", labelSelector=f"set={zone},{selector}").json()
        return set(names(listed))

    assert selected("zone=a") == {first}
    assert selected("zone!=a") == {second, third}
    assert selected("zone in (a, b)") == {first, second}
    assert selected("zone notin (a)") == {second, third}
    assert selected("zone") == {first, second}
    assert selected("!zone") == {third}


def test_field_selectors(server: Server) -> None:
    name = unique("fielded")
    server.seed(config_map(server, name))
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    assert names(server.get(path, fieldSelector=f"metadata.name={name}").json()) == [name]
    assert name not in names(server.get(path, fieldSelector=f"metadata.name!={name}").json())
    refused = server.get("/api/v1/nodes", fieldSelector="spec.foo=bar")
    assert (refused.status, refused.json()["message"]) == (
        400,
        "field label not supported: spec.foo",
    )


def test_version_zero_and_a_version_from_the_future(server: Server) -> None:
    name = unique("cached")
    server.seed(contract_node(server, name))
    fresh = server.get("/api/v1/nodes").json()
    known = fresh["metadata"]["resourceVersion"]
    not_older = server.get("/api/v1/nodes", resourceVersion=known).json()
    assert name in names(not_older)
    assert server.get("/api/v1/nodes", resourceVersion="0").status == 200
    future = server.get("/api/v1/nodes", resourceVersion=str(int(known) + 1_000_000))
    assert (future.status, future.json()["reason"]) == (504, "Timeout")
    causes = future.json()["details"]["causes"]
    assert [cause["reason"] for cause in causes] == ["ResourceVersionTooLarge"]


def test_a_malformed_continue_token_is_a_bad_request(server: Server) -> None:
    answer = server.get("/api/v1/nodes", limit="1", continue_="!")
    assert (answer.status, answer.json()["reason"]) == (400, "BadRequest")
    assert "continue key is not valid" in answer.json()["message"]


def test_a_version_that_is_no_number(server: Server) -> None:
    said = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    whole = server.get(path, resourceVersion="x")
    # 500 of older servers, 400 of newer ones.
    assert whole.status in (400, 500)
    assert said in whole.json()["message"]
    page = server.get(path, resourceVersion="x", limit="1")
    assert page.json() == refusal(400, "BadRequest", f"invalid resource version: {said}")


@pytest.mark.parametrize(
    ("path", "group", "kind"),
    [
        ("/api/v1/nodes/none", "", "nodes"),
        ("/apis/apps/v1/namespaces/{}/daemonsets/none", "apps", "daemonsets"),
    ],
)
def test_an_absent_object(server: Server, path: str, group: str, kind: str) -> None:
    message = f'{kind}.{group} "none" not found'.replace(". ", " ")
    details = {"name": "none", "kind": kind, **({"group": group} if group else {})}
    answer = server.get(path.format(server.run)).json()
    assert answer == refusal(404, "NotFound", message, details)


def test_an_unknown_resource(server: Server) -> None:
    answer = server.get("/api/v1/foos")
    assert answer.status == 404
    assert answer.json() == refusal(
        404, "NotFound", "the server could not find the requested resource", {}
    )
    elsewhere = server.get("/apis/none.example.com/v1/foos")
    assert (elsewhere.status, elsewhere.body) == (404, b"404 page not found\n")


def test_a_wrong_token(server: Server) -> None:
    answer = server.get_with_token("/api/v1/nodes", "wrong")
    assert answer.status == 401
    assert answer.json() == refusal(401, "Unauthorized", "Unauthorized")


def test_a_user_without_rights(server: Server) -> None:
    user = f'User "{UNKNOWN_USER}"'
    answer = server.get("/api/v1/nodes", AS_UNKNOWN)
    assert answer.status == 403
    assert answer.json() == refusal(
        403,
        "Forbidden",
        f'nodes is forbidden: {user} cannot list resource "nodes" in API group "" '
        "at the cluster scope",
        {"kind": "nodes"},
    )
    path = f"/apis/apps/v1/namespaces/{server.run}/daemonsets/none"
    assert server.get(path, AS_UNKNOWN).json() == refusal(
        403,
        "Forbidden",
        f'daemonsets.apps "none" is forbidden: {user} cannot get resource "daemonsets" '
        f'in API group "apps" in the namespace "{server.run}"',
        {"name": "none", "group": "apps", "kind": "daemonsets"},
    )


def test_nodes_as_a_table(server: Server) -> None:
    name = unique("printed")
    server.seed(contract_node(server, name))
    field = f"metadata.name={name}"
    shown = server.get("/api/v1/nodes", {"Accept": TABLE}, fieldSelector=field).json()
    assert (shown["kind"], shown["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    columns = [(one["name"], one["type"], one["priority"]) for one in shown["columnDefinitions"]]
    narrow = ("Name", "Status", "Roles", "Age", "Version")
    wide = ("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime")
    assert columns == [
        *((name, "string", 0) for name in narrow),
        *((name, "string", 1) for name in wide),
    ]
    (row,) = shown["rows"]
    assert row["cells"][:3] == [name, "Unknown,SchedulingDisabled", "<none>"]
    assert row["object"]["kind"] == "PartialObjectMetadata"


def test_daemon_sets(server: Server) -> None:
    name = unique("daemon")
    server.seed(daemon_set(server, name))
    listed = server.get(f"/apis/apps/v1/namespaces/{server.run}/daemonsets").json()
    assert (listed["kind"], listed["apiVersion"]) == ("DaemonSetList", "apps/v1")
    (found,) = [item for item in listed["items"] if item["metadata"]["name"] == name]
    assert found["metadata"]["generation"] == 1
    assert "kind" not in found


def test_a_watch_from_a_version(server: Server) -> None:
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    since = server.get(path).json()["metadata"]["resourceVersion"]
    first, second = unique("watched"), unique("watched")
    server.seed(config_map(server, first), config_map(server, second))
    answer = server.get(path, watch="true", resourceVersion=since, timeoutSeconds="1")
    frames = [json.loads(line) for line in answer.body.splitlines()]
    assert [(frame["type"], frame["object"]["metadata"]["name"]) for frame in frames] == [
        ("ADDED", first),
        ("ADDED", second),
    ]
    assert frames[0]["object"]["kind"] == "ConfigMap"


def test_a_client_that_reads_no_json_is_refused(server: Server) -> None:
    answer = server.get("/api/v1/nodes", {"Accept": "image/png"})
    assert (answer.status, answer.json()["reason"]) == (406, "NotAcceptable")


def test_the_official_client_reads_nodes(server: Server) -> None:
    name = unique("typed")
    server.seed(contract_node(server, name, role="worker"))
    node: Any = CoreV1Api(server.client).read_node(name)
    assert (node.metadata.name, node.spec.unschedulable) == (name, True)
    assert node.metadata.labels["role"] == "worker"


def test_an_expired_continue_token(server: Server) -> None:
    server.seed(*(config_map(server, unique("expired")) for _ in range(3)))
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    token = server.get(path, limit="1").json()["metadata"]["continue"]
    later = unique("later")
    server.seed(config_map(server, later))
    if not server.forget():
        pytest.skip("what this server remembers is not in our hands")
    # Newer servers hand out pages from memory for as long as they keep them.
    deadline = time.monotonic() + 30
    while (answer := server.get(path, limit="1", continue_=token)).status == 200:
        if time.monotonic() > deadline:
            pytest.skip("this server still answers from memory")
        time.sleep(0.5)
    status = answer.json()
    assert (answer.status, status["reason"]) == (410, "Expired")
    # It offers to go on from where the list was, with what is there by now.
    rest = server.get(path, continue_=status["metadata"]["continue"]).json()
    assert later in names(rest)
