"""Bad values: of flags, in snapshot files, and in what others have written into the cloud."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import SCENARIOS
from tests.cli.asking import BASE, Answer, ask, run, shot, status
from tests.cli.meddling import put_config_map
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
    put_config_map(cluster, "cloud-config", {"cloud-config.conf": text})
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


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"garbage", "{} is not a snapshot: it is not a JSON object\n"),
        (
            b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v9"}',
            "snapshot {} has apiVersion 'kubectl-routes/v9', not kubectl-routes/v1\n"
            "use the release of kubectl-routes that wrote it\n",
        ),
        (None, "snapshot {} cannot be read: No such file or directory\n"),
    ],
)
@pytest.mark.parametrize("command", ["status", "tables"])
def test_a_snapshot_file_that_is_none(
    tmp_path: Path, command: str, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    expected = Answer(2, "", f"error: {complaint.format(path)}")
    assert run(BASE, command, "--snapshot", str(path)) == expected


def undated(answer: Answer) -> tuple[int, str, str]:
    """The answer without the time of reading, which is that of the file in a replay."""
    shown = re.sub(r'^ *"?time"?: "[^"]*",?$', "", answer.stdout, flags=re.M)
    return answer.code, shown, answer.stderr


@pytest.mark.parametrize("scenario", sampled(SCENARIOS))
def test_a_snapshot_of_every_scenario_replays_what_was_seen(scenario: str, tmp_path: Path) -> None:
    nodes, tables = (60, 4) if scenario == "large" else (None, None)
    with SimulatedCluster(scenario, nodes, tables) as cluster:
        path = shot(cluster, tmp_path)
        for words in (
            ("status", "-o", "json"),
            ("tables", "-o", "json"),
            ("status", "--check", "-o", "yaml"),
            ("diagnose", "-o", "json"),
        ):
            live = ask(cluster, *words)
            assert undated(run(BASE, *words, "--snapshot", path)) == undated(live)
            assert live.code in (0, 1)


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
