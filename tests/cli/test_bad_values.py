"""Bad values: of flags, in snapshot files, and in what others have written into the cloud."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.cli.flags.diagnose import OUTPUTS as DIAGNOSES
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.route_table import NextHop
from kubectl_routes_simulator.scenarios import SCENARIOS
from tests.cli.asking import BASE, Answer, ask, run, status
from tests.sampling import sampled


def assert_nothing_was_asked(cluster: SimulatedCluster) -> None:
    assert (cluster.kube.server.requests, cluster.vpc.server.requests) == ((), ())


def test_an_unknown_table(cluster: SimulatedCluster) -> None:
    first, second = cluster.infra.table_ids
    assert ask(cluster, "status", "--tables", f"{first},vtb-nope") == Answer(
        2,
        "",
        f"error: --tables: vtb-nope is no route table of {cluster.infra.vpc_id}\n"
        f"The tables of the VPC are: {first}, {second}.\n",
    )


def test_blanks_around_table_ids_and_ids_given_twice_do_no_harm(cluster: SimulatedCluster) -> None:
    first, second = cluster.infra.table_ids
    answer = status(cluster, "--tables", f" {second} ,{second}", "--tables", second)
    assert (answer.code, answer.told) == (
        0,
        ["note: --tables names a table twice, it is shown once"],
    )
    managed = {table["id"]: table["managed"] for table in answer.document["tables"]}
    assert managed == {first: False, second: True}
    assert answer.document["summary"]["ok"] == 9


@pytest.mark.parametrize(
    "words", [("--tables=vtb-a,,vtb-b",), ("--request-timeout=soon",), ("--v=x",), ("-l", "a b")]
)
def test_a_malformed_flag_is_refused_before_anything_is_asked(
    cluster: SimulatedCluster, words: tuple[str, ...]
) -> None:
    answer = ask(cluster, "status", *words)
    assert (answer.code, answer.stdout, len(answer.told)) == (2, "", 2)
    assert_nothing_was_asked(cluster)


@pytest.mark.parametrize(
    "region",
    [
        *("cn-hangzhou/../evil", "x@evil.example", "evil.example/", "evil.example#"),
        *("CN-HANGZHOU", " ", "cn-hangzhou\n", "cn-\x1b[2J"),
    ],
)
def test_a_malformed_region_makes_no_host_name(cluster: SimulatedCluster, region: str) -> None:
    hint = "regions are written like cn-hangzhou or us-west-1"
    assert ask(cluster, "tables", "--region", region) == Answer(
        2, "", f"error: region {region!r} is malformed\n{hint}\n"
    )
    assert_nothing_was_asked(cluster)


def test_a_malformed_region_in_the_cloud_config_makes_no_host_name_either(
    cluster: SimulatedCluster,
) -> None:
    config = {"region": "x@evil.example", "vpcid": cluster.infra.vpc_id}
    text = json.dumps({"Global": config})
    put = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"cloud-config.conf": text}}
    cluster.kube.store.put(
        {**put, "metadata": {"name": "cloud-config", "namespace": "kube-system"}}
    )
    for plan in cluster.infra.nodes:
        cluster.kube.store.replace("Node", "", plan.name, without_region)
    answer = status(cluster)
    assert answer.code == 3
    assert answer.gaps == [
        ("region", "no node names it in its providerID or labels", "give it with --region"),
        ("vpc", "not asked without region", ""),
        ("route-tables", "not asked without region", ""),
        ("vswitches", "not asked without region", ""),
    ]
    assert cluster.vpc.server.requests == ()


def without_region(node: dict[str, dict[str, object]]) -> None:
    node["spec"]["providerID"] = "evil.example.i-1"
    node["metadata"]["labels"] = {"topology.kubernetes.io/region": "evil.example"}


CLEAR = (
    "error: the VPC endpoint vpc.example.com must be reached over https\n"
    "plain http is allowed to this machine only\n"
)
NO_HOST = "error: the VPC endpoint is not a host\nwrite host, host:port or https://host\n"
NO_USER = (
    "error: the VPC endpoint holds a user name or a password, which no API takes\n"
    "write host, host:port or https://host; credentials come from the environment or files\n"
)


@pytest.mark.parametrize(
    ("endpoint", "stderr"),
    [
        ("http://vpc.example.com", CLEAR),
        ("HTTP://vpc.example.com:80/", CLEAR),
        ("ftp://vpc.example.com", CLEAR),
        ("https://", NO_HOST),
        ("127.0.0.1:99999", NO_HOST),
        ("127.0.0.1:x", NO_HOST),
        ("https://user:canary@vpc.example.com", NO_USER),
        ("vpc.example.com/path", NO_HOST),
        ("[::1", NO_HOST),
    ],
)
def test_an_endpoint_that_cannot_be_used(
    cluster: SimulatedCluster, endpoint: str, stderr: str
) -> None:
    assert ask(cluster, "status", "--vpc-endpoint", endpoint) == Answer(2, "", stderr)
    assert ask(cluster, "tables", VPC_ENDPOINT=endpoint) == Answer(2, "", stderr)
    assert_nothing_was_asked(cluster)


V1 = b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v1", '
NO_OBJECT = "{} is not a snapshot: it is not a JSON object\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"garbage", NO_OBJECT),
        (b"\x00\xff\xfe", NO_OBJECT),
        (b"[" * 100_000, NO_OBJECT),
        (b'{"kind": "\xff"}', NO_OBJECT),
        (V1 + b'"tool": "\\ud800"}', NO_OBJECT),
        (V1 + b'"extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", NO_OBJECT),
        (V1 + b'"tool": 1}', "snapshot {} is damaged: Expected `str`, got `int` - at `$.tool`\n"),
        (V1 + b'"tool": "\xff"}', "snapshot {} is damaged: it is not UTF-8\n"),
        (b"{}", "{} is not a snapshot: its kind is missing\n"),
        (b'{"kind": "RouteStatus"}', "{} is not a snapshot: its kind is 'RouteStatus'\n"),
        (
            b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v9"}',
            "snapshot {} has apiVersion 'kubectl-routes/v9', not kubectl-routes/v1\n"
            "use the release of kubectl-routes that wrote it\n",
        ),
    ],
)
def test_a_snapshot_file_that_is_none(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    expected = Answer(2, "", f"error: {complaint.format(path)}")
    assert run(BASE, "status", "--snapshot", str(path)) == expected
    assert run(BASE, "tables", "--snapshot", str(path)) == expected


def test_a_snapshot_that_is_a_folder_or_is_not_there(tmp_path: Path) -> None:
    assert run(BASE, "status", "--snapshot", str(tmp_path)) == Answer(
        2, "", f"error: snapshot {tmp_path} cannot be read: Is a directory\n"
    )
    absent = tmp_path / "absent"
    assert run(BASE, "status", "--snapshot", str(absent)) == Answer(
        2, "", f"error: snapshot {absent} cannot be read: No such file or directory\n"
    )


def undated(answer: Answer) -> tuple[int, str, str]:
    """The answer without the time of reading, which is that of the file in a replay."""
    shown = re.sub(r'^ *"?time"?: "[^"]*",?$', "", answer.stdout, flags=re.M)
    return answer.code, shown, answer.stderr


@pytest.mark.parametrize("scenario", sampled(SCENARIOS))
def test_a_snapshot_of_every_scenario_replays_what_was_seen(scenario: str, tmp_path: Path) -> None:
    path = str(tmp_path / "taken.json")
    nodes, tables = (60, 4) if scenario == "large" else (None, None)
    with SimulatedCluster(scenario, nodes, tables) as cluster:
        assert ask(cluster, "snapshot", "-o", path).code == 0
        for words in (
            ("status", "-o", "json"),
            ("tables", "-o", "json"),
            ("status", "--check", "-o", "yaml"),
            ("diagnose", "-o", "json"),
        ):
            live = ask(cluster, *words)
            assert undated(run(BASE, *words, "--snapshot", path)) == undated(live)
            assert live.code in (0, 1)


ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"


def plant_escapes(cluster: SimulatedCluster) -> None:
    """Terminal commands wherever others can write text that we print."""
    table_id, plan = cluster.infra.table_ids[1], cluster.infra.nodes[4]
    for table in cluster.vpc.store.tables.values():
        table.record = msgspec.structs.replace(table.record, name=f"t{ESCAPES}", status=ESCAPES)
    cluster.infra.occupy(table_id, plan.pod_cidr, f"i-{ESCAPES}", f"Teleport{ESCAPES}")
    cluster.infra.occupy(table_id, "172.20.250.0/24", f"i-{ESCAPES}", "Instance")
    cluster.vpc.store.plant(table_id, "172.20.251.0/24", NextHop(f"i-2{ESCAPES}"), name=ESCAPES)

    def edit(node: dict[str, dict[str, object]]) -> None:
        node["spec"]["providerID"] = f"cn-hangzhou.i-{ESCAPES}"
        node["spec"]["podCIDR"] = ESCAPES
        node["spec"]["podCIDRs"] = [ESCAPES]

    name = cluster.infra.nodes[5].name
    cluster.kube.store.replace("Node", "", name, edit)
    odd = {**cluster.kube.store.get("Node", "", name), "metadata": {"name": f"n{ESCAPES}"}}
    cluster.kube.store.put(odd)
    cluster.kube.store.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "e", "namespace": "default"},
            "involvedObject": {"kind": "Event", "name": "route-controller"},
            "type": "Warning",
            "reason": f"SyncRouteFailed{ESCAPES}",
            "message": f"Reconciling route error: {ESCAPES}",
            "source": {"component": "route-controller"},
        }
    )


@pytest.mark.parametrize(
    "words",
    [
        *(("status", "-o", form) for form in ("table", "wide", "json", "yaml", "name")),
        *(("tables", "-o", form) for form in ("table", "wide", "json", "yaml", "name")),
        *(("diagnose", "--fail-on", "none", "-o", form) for form in DIAGNOSES),
        ("diagnose", "--fail-on", "none", "--lang", "zh"),
        ("status", "--no-headers"),
        ("snapshot", "-o", "-"),
    ],
    ids=" ".join,
)
def test_terminal_escapes_in_what_others_wrote_are_spelt_out(
    cluster: SimulatedCluster, words: tuple[str, ...]
) -> None:
    plant_escapes(cluster)
    answer = ask(cluster, *words)
    assert answer.code == 0
    assert "error" not in answer.stderr
    shown = answer.stdout + answer.stderr
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert "[2J" in shown or words == ("tables", "-o", "name")


def test_terminal_escapes_in_a_snapshot_file_are_spelt_out(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    plant_escapes(cluster)
    path = tmp_path / "taken.json"
    path.write_text(ask(cluster, "snapshot", "-o", "-").stdout)
    for words in (("status", "-o", "wide"), ("tables",)):
        live, replayed = ask(cluster, *words), run(BASE, *words, "--snapshot", str(path))
        lines = replayed.stdout.splitlines(keepends=True)
        page = "".join(line for line in lines if not line.startswith("Snapshot: "))
        assert (replayed.code, page, replayed.stderr) == (live.code, live.stdout, live.stderr)
        assert "[2J" in page


def test_terminal_escapes_in_a_refusal_are_spelt_out(cluster: SimulatedCluster) -> None:
    answer = ask(cluster, "status", f"node-{ESCAPES}")
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr == (
        "error: node node-\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\u202e not found\n"
        "kubectl get nodes lists them\n"
    )


def test_config_that_was_changed_after_ccm_had_read_it() -> None:
    def edit(value: dict[str, Any]) -> None:
        value["metadata"]["managedFields"] = [
            {"manager": "kubectl-edit", "operation": "Update", "time": "2024-01-01T00:00:00Z"},
            {"manager": "kubectl-edit", "operation": "Update", "time": "2999-01-01T00:00:00Z"},
        ]

    with SimulatedCluster("healthy") as cluster:
        assert status(cluster).told == []
        cluster.kube.store.replace("ConfigMap", "kube-system", "cloud-config", edit)
        answer = status(cluster)
    (note,) = answer.told
    assert note.startswith("note: RT109: CCM may still work with an older list: cloud-config was")
    assert answer.code == 0
