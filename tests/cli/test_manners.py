"""Sentences and exit codes that must never say more than is known."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.cli.flags.status import OUTPUTS
from kubectl_routes.cli.main import main
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.model.vpc import RouteTable
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.analyze.cluster import controller, snapshot
from tests.cli.test_status import HEALTHY, LABELLED, NO_NODES, ask

GATEWAY = RouteTable(
    id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
)
# No list, so that no table is known when the VPC cannot be read.
VPC_UNREAD = snapshot(
    controller("v2.14.0", '{"Global": {}}'),
    tables=(),
    v_switches=(),
    entries={},
    gaps=(Gap("route-tables", "Forbidden.RAM"),),
)


def last_block(text: str) -> str:
    return text.rstrip("\n").rpartition("\n\n")[2]


def test_an_unread_vpc_is_not_said_to_have_no_problem(tmp_path: Path) -> None:
    unread = "What could be read shows no problem; the rest is not known."
    code, stdout, _ = ask(tmp_path, VPC_UNREAD, "status", "--problems")
    assert code == 3
    assert f"\n\n{unread}\n\n" in stdout
    assert ask(tmp_path, VPC_UNREAD, "status", "--problems", "-o", "name") == (
        3,
        "",
        f"note: the snapshot was taken at {VPC_UNREAD.time}\n{unread}\n"
        "error: incomplete result: could not read route-tables\n"
        "route-tables: Forbidden.RAM\n",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-l", "type=none"), "No node matches the selector type=none."),
        (("-l", "type=none", "n1"), "None of the named nodes matches the selector type=none."),
        (("-l", "type=worker"), "None of the chosen nodes has a problem."),
        (("n1",), "None of the chosen nodes has a problem."),
        ((), "No node has a problem."),
    ],
)
def test_no_problem_is_said_of_those_nodes_alone_that_were_looked_at(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, stdout, stderr = ask(tmp_path, LABELLED, "status", "--problems", *words)
    assert (code, last_block(stdout), stderr) == (0, sentence, "")


def test_an_empty_cluster_is_not_said_to_have_healthy_nodes(tmp_path: Path) -> None:
    _, stdout, _ = ask(tmp_path, NO_NODES, "status", "--problems", "-l", "type=none")
    assert last_block(stdout) == "The cluster has no nodes."


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_check_of_no_node_does_not_succeed(tmp_path: Path, output: str) -> None:
    words = ("status", "--check", "-l", "type=none", "-o", output)
    assert ask(tmp_path, LABELLED, *words) == (
        2,
        "",
        "error: No node matches the selector type=none\n"
        "a --check of no node would always succeed\n",
    )


def test_a_gateway_table_cannot_be_checked_for_routes(tmp_path: Path) -> None:
    taken = replace(HEALTHY, tables=(*HEALTHY.tables, GATEWAY))
    assert ask(tmp_path, taken, "status", "--check")[0] == 0
    assert ask(tmp_path, taken, "status", "--check", "--tables", "vtb-a,vtb-g") == (
        2,
        "",
        "error: --tables: vtb-g is a gateway route table, which takes no routes to nodes\n"
        "kubectl routes tables shows the type of every table\n",
    )


@pytest.mark.parametrize(
    "words", [("-o", "name"), ("--no-headers",), ("-o", "wide", "--no-headers")]
)
def test_a_watch_does_not_show_half_an_answer_where_it_cannot_say_so(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.vpc.faults.add(vpc_faults.forbidden("DescribeVSwitches"))
        env = cluster.environment({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
        stdout, stderr = io.StringIO(), io.StringIO()
        argv = ["kubectl-routes", "status", "-w", *words]
        assert main(argv, env, stdout, stderr) == 3
    assert stdout.getvalue() == ""
    assert stderr.getvalue().startswith(
        "error: incomplete result: could not read vswitches\nvswitches: DescribeVSwitches"
    )
