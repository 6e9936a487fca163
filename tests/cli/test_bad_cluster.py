"""Bad news from the Kubernetes side: what one who runs the command sees of it."""

from __future__ import annotations

import re
import socket
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.collect.transport import CHECK_SERVER
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Access, Denial, User
from tests.cli.asking import BASE, Answer, ask, incomplete, kubeconfig, run, status

CANARY = "canary-secret-of-no-one"
JSON = {"Content-Type": "application/json"}
ROLES = "kubectl routes permissions --rbac --for read prints the role"
FORBIDDEN = 'is forbidden: User "kubernetes-admin" cannot {} resource "{}" in API group "{}"'
BREAKS_OFF = ("sent truncated JSON", "")
ODD = ("sent unexpected JSON", CHECK_SERVER)


def test_no_kubeconfig() -> None:
    lines = "no kubeconfig found", "give one with --kubeconfig or KUBECONFIG, or put it in ~/.kube/"
    answer = run(BASE, "status")
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.told == [f"error: {lines[0]}", f"{lines[1]}config"]


def test_a_kubeconfig_that_is_a_folder_or_not_there(tmp_path: Path) -> None:
    absent = "error: kubeconfig /nonexistent/config does not exist\ncheck {}\n"
    given = run(BASE, "tables", "--kubeconfig", "/nonexistent/config")
    assert given == Answer(2, "", absent.format("--kubeconfig"))
    named = run({**BASE, "KUBECONFIG": "/nonexistent/config"}, "status")
    assert named == Answer(2, "", absent.format("KUBECONFIG"))
    assert run(BASE, "tables", "--kubeconfig", str(tmp_path)) == Answer(
        2, "", f"error: kubeconfig {tmp_path} cannot be used: Is a directory\n"
    )


MALFORMED = ("kubeconfig {path} cannot be used: it is malformed",)
NO_URL = ("the server of cluster 'c' is not a URL", "write https://HOST:PORT into {path}")
LOGIN = (
    "the server of cluster 'c' contains a user name or password",
    "write https://HOST:PORT into {path}, and the credentials under users",
)
CONTROL = ("the token or password holds a line break or another control character",)
NO_PROXY = ("the proxy is not a URL", "write http://HOST:PORT")
SOCKS = ("a SOCKS proxy needs the package PySocks", "pip install PySocks")
NO_SOCKS = pytest.mark.skipif(find_spec("socks") is not None, reason="PySocks is installed")
HTTP = {"server": "http://api.example.com"}


@pytest.mark.parametrize(
    ("config", "proxy", "lines"),
    [
        (f"users: [{CANARY}\n b", "", ("kubeconfig {path} is not YAML, line 2",)),
        (f"just {CANARY}", "", MALFORMED),
        ("", "", MALFORMED),
        ("\x00\x01", "", MALFORMED),
        (f"users: {CANARY}", "", MALFORMED),
        *(
            ({"server": server}, "", NO_URL)
            for server in ("not a url", "127.0.0.1:6443", "ftp://127.0.0.1", "http://[::1")
        ),
        ({"server": "https://:x"}, "", NO_URL),
        ({"server": 5}, "", NO_URL),
        *(
            ({"server": f"https://{login}@127.0.0.1:6443"}, "", LOGIN)
            for login in (f"me:{CANARY}", f":{CANARY}", CANARY)
        ),
        ({"token": f"{CANARY}\r\nx"}, "", CONTROL),
        (HTTP, "http://[::1", NO_PROXY),
        pytest.param(HTTP, "socks5://127.0.0.1:1", SOCKS, marks=NO_SOCKS),
    ],
)
def test_a_kubeconfig_or_a_proxy_that_cannot_be_used(
    tmp_path: Path, config: str | dict[str, Any], proxy: str, lines: tuple[str, ...]
) -> None:
    path = tmp_path / "config"
    if isinstance(config, str):
        path.write_text(config)
    else:
        kubeconfig(tmp_path, **config)
    env = {**BASE, "KUBECONFIG": str(path), "HTTP_PROXY": proxy}
    for level in ("0", "9"):
        answer = run(env, "status", "-v", level)
        assert (answer.code, answer.stdout) == (2, "")
        told = [line.format(path=path) for line in lines]
        assert answer.told[-len(told) :] == [f"error: {told[0]}", *told[1:]]
        assert len(answer.told) == len(told) or level == "9"
        assert CANARY not in answer.stderr


def test_a_user_to_act_as_that_cannot_be_sent(cluster: SimulatedCluster) -> None:
    assert ask(cluster, "status", "--as", "a\nb") == Answer(
        2, "", "error: --as holds a line break or another control character\n"
    )


def test_a_user_to_act_as_may_have_any_letters(cluster: SimulatedCluster) -> None:
    answer = status(cluster, "--as", "Jörg→", "--as-group", "системные")
    assert (answer.code, answer.told) == (0, [])


def test_an_unknown_context(cluster: SimulatedCluster) -> None:
    assert ask(cluster, "status", "--context", "nope") == Answer(
        2,
        "",
        f"error: context 'nope' does not exist\ncontexts in {cluster.kubeconfig}: practice\n",
    )


def test_a_server_that_is_down(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = f"http://127.0.0.1:{free.getsockname()[1]}"
    answer = run({**BASE, "KUBECONFIG": kubeconfig(tmp_path, server)}, "status")
    assert (answer.code, answer.stdout, answer.told) == (
        3,
        "",
        [
            f"error: cannot list nodes: {server}: it refuses connections",
            "check that the server is running and reachable: kubectl cluster-info",
        ],
    )


def test_a_token_that_the_server_does_not_know(cluster: SimulatedCluster, tmp_path: Path) -> None:
    cluster.kube.access = Access({"another": User("u")})
    path = cluster.kube.kubeconfig(tmp_path / "config", CANARY)
    assert ask(cluster, "status", KUBECONFIG=str(path)) == Answer(
        3,
        "",
        "error: cannot list nodes: 401 Unauthorized\n"
        "the credentials of practice are wrong or have expired: log in again\n",
    )


EXEC = "client.authentication.k8s.io/v1"
CREDENTIAL = f'{{"apiVersion": "{EXEC}", "kind": "ExecCredential", "status": {{}}}}'


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"echo {CANARY}; echo {CANARY} >&2; exit 7", "it ended with code 7"),
        (f"echo {CANARY}", "its output is not JSON"),
        (f"echo '[\"{CANARY}\"]'", "its output is no ExecCredential"),
        (
            f'echo \'{{"apiVersion": "{CANARY}", "kind": "x", "status": {{}}}}\'',
            "its output has another apiVersion than the kubeconfig names",
        ),
        (f"echo '{CREDENTIAL}'", "its output holds neither token nor certificate"),
        (None, "it is not there: check that it is installed and in PATH"),
    ],
)
def test_a_credential_plugin_that_fails(tmp_path: Path, script: str | None, reason: str) -> None:
    command = "no-such-plugin" if script is None else "sh"
    plugin = {"apiVersion": EXEC, "command": command, "args": ["-c", script or ""]}
    env = {**BASE, "KUBECONFIG": kubeconfig(tmp_path, exec=plugin)}
    for level in ("0", "9"):
        answer = run(env, "status", "-v", level)
        assert (answer.code, answer.stdout) == (3, "")
        assert answer.told[-2:] == [
            f"error: the credential plugin '{command}' of user 'u' failed: {reason}",
            "run it by hand, or log in again",
        ]
        assert len(answer.told) == 2 or level == "9"
        assert CANARY not in answer.stderr


def test_a_credential_plugin_that_never_answers_is_bounded_by_the_timeout(tmp_path: Path) -> None:
    plugin = {"apiVersion": EXEC, "command": "sleep", "args": ["5"]}
    env = {**BASE, "KUBECONFIG": kubeconfig(tmp_path, exec=plugin)}
    started = time.monotonic()
    answer = run(env, "status", "--request-timeout", "1s")
    assert time.monotonic() - started < 4
    assert (answer.code, answer.told) == (
        3,
        [
            "error: no credentials for the cluster within 1 s",
            "the credential plugin that the kubeconfig names does not answer",
        ],
    )


def deny(cluster: SimulatedCluster, resource: str, name: str | None = None) -> None:
    cluster.kube.access.denied.append(Denial("*", resource, name))


def test_forbidden_nodes_leave_the_tables(cluster: SimulatedCluster) -> None:
    deny(cluster, "nodes")
    answer = status(cluster)
    reason = f"cannot list nodes: 403 nodes {FORBIDDEN.format('list', 'nodes', '')}"
    assert (answer.code, answer.told) == (3, incomplete("nodes"))
    assert answer.gaps == [("nodes", f"{reason} at the cluster scope", ROLES)]
    document = answer.document
    assert (document["nodes"], document["mode"]) == ([], "multi-table")
    assert [(table["managed"], table["custom"]) for table in document["tables"]] == [
        (True, 10),
        (True, 9),
    ]
    text = ask(cluster, "status")
    assert (text.code, text.told) == (3, incomplete("nodes"))
    assert "\n\nThe nodes could not be read.\n" in text.stdout


def test_a_forbidden_daemon_set_leaves_nodes_and_entries(cluster: SimulatedCluster) -> None:
    deny(cluster, "daemonsets")
    answer = status(cluster)
    reason = f"403 daemonsets.apps {FORBIDDEN.format('list', 'daemonsets', 'apps')}"
    assert (answer.code, answer.told) == (3, incomplete("controller"))
    assert answer.gaps == [
        (
            "controller",
            f"cannot list daemonsets in all namespaces: {reason} at the cluster scope",
            ROLES,
        )
    ]
    document = answer.document
    assert (document["controller"]["kind"], document["mode"]) == ("Unknown", "unknown")
    # What is in the tables is known; which of them CCM writes to is not.
    assert answer.states == {table: {"ok"} for table in cluster.infra.table_ids}
    assert [table["managed"] for table in document["tables"]] == [None, None]
    assert document["summary"] is None


def test_a_forbidden_config_map_leaves_nodes_and_entries(cluster: SimulatedCluster) -> None:
    deny(cluster, "configmaps", "cloud-config")
    answer = status(cluster)
    reason = f'403 configmaps "cloud-config" {FORBIDDEN.format("get", "configmaps", "")}'
    problem = f"cannot read ConfigMap kube-system/cloud-config: {reason}"
    problem += ' in the namespace "kube-system"'
    assert (answer.code, answer.gaps) == (3, [("cloud-config", problem, ROLES)])
    assert answer.told == [
        f"note: cloud-config could not be read ({problem}): what CCM will do is not known.",
        *incomplete("cloud-config"),
    ]
    document = answer.document
    assert (document["controller"]["kind"], document["mode"]) == ("DaemonSet", "unknown")
    assert document["controller"]["cloudConfig"] == "unreadable"
    assert answer.states == {table: {"ok"} for table in cluster.infra.table_ids}
    assert [table["managed"] for table in document["tables"]] == [None, None]


def test_a_page_of_nodes_that_breaks_off_is_asked_for_again(cluster: SimulatedCluster) -> None:
    cluster.kube.server.faults.add(Fault(FaultKind.HALF_BODY, match="GET /api/v1/nodes"))
    answer = status(cluster)
    assert (answer.code, answer.told, answer.gaps) == (0, [], [])
    fault = Fault(FaultKind.HALF_BODY, match="GET /api/v1/nodes", times=None)
    cluster.kube.server.faults.add(fault)
    answer = status(cluster)
    assert (answer.code, answer.told) == (3, incomplete("nodes"))
    assert answer.gaps == [
        (
            "nodes",
            f"cannot list nodes: {cluster.kube.url}: the connection broke",
            "check that the server is running and reachable: kubectl cluster-info",
        )
    ]
    assert [table["custom"] for table in answer.document["tables"]] == [10, 9]


def test_a_list_that_breaks_off_after_its_first_page_is_not_shown_by_halves() -> None:
    with SimulatedCluster("large", 510, 2) as cluster:
        fault = Fault(FaultKind.HALF_BODY, match="continue=", times=None)
        cluster.kube.server.faults.add(fault)
        answer = status(cluster)
    assert (answer.code, answer.told) == (3, incomplete("nodes"))
    assert answer.document["nodes"] == []


@pytest.mark.parametrize(
    ("body", "news"),
    [
        ('{"items": [', BREAKS_OFF),
        ('{"items": ["\xff', BREAKS_OFF),
        ("{}", ODD),
        ("[]", ODD),
        ("null", ODD),
        ('{"items": {}}', ODD),
        ('{"items": ' + "[" * 99_999 + "]" * 99_999 + "}", BREAKS_OFF),
    ],
)
@pytest.mark.parametrize(
    ("what", "part"),
    [("list nodes", "nodes"), ("list daemonsets in all namespaces", "controller")],
)
def test_an_answer_that_is_no_list_is_not_an_empty_list(
    cluster: SimulatedCluster, body: str, news: tuple[str, str], what: str, part: str
) -> None:
    path = re.compile(f"/{what.split()[1]}[?]")
    garbage = body.encode("latin-1")
    fault = Fault(FaultKind.GARBAGE, match=path, times=None, body=garbage, headers=JSON)
    cluster.kube.server.faults.add(fault)
    answer = status(cluster)
    assert (answer.code, answer.told) == (3, incomplete(part))
    complaint, hint = news
    assert answer.gaps == [(part, f"cannot {what}: {cluster.kube.url} {complaint}", hint)]


def test_a_cluster_without_nodes(cluster: SimulatedCluster) -> None:
    for plan in tuple(cluster.infra.nodes):
        cluster.kube.store.delete("Node", "", plan.name)
    answer = status(cluster)
    assert (answer.code, answer.told) == (0, ["The cluster has no nodes."])
    assert (answer.document["nodes"], answer.gaps) == ([], [])
    assert [len(table["orphans"]) for table in answer.document["tables"]] == [9, 9]
    text = ask(cluster, "status", "--check")
    assert (text.code, text.stderr) == (0, "")
    assert text.stdout.endswith("\n\nThe cluster has no nodes.\n")
    tables = ask(cluster, "tables", "-o", "json")
    assert (tables.code, tables.stderr) == (0, "")
    assert [table["nodesBehind"] for table in tables.document["tables"]] == [0, 0]
