"""``status`` and ``tables`` on a snapshot file: rows, formats, exit codes, and sentences that must
never say more than is known; no server is asked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.cli.flags import tables
from kubectl_routes.cli.flags.status import OUTPUTS
from kubectl_routes.model.nodes import LABELS_THAT_MATTER
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import RouteTable
from tests.analyze.cluster import SIX, controller, listing, node, routes, snapshot
from tests.cli.asking import replay

CCM = controller("v2.14.0", listing("vtb-a,vtb-b"))
HEALTHY = snapshot(CCM, entries={"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)})
# n3 has no route in vtb-b.
BROKEN = snapshot(CCM, entries={"vtb-a": routes(*SIX), "vtb-b": routes(*(SIX[:2] + SIX[3:]))})
GAPPED = snapshot(
    CCM,
    entries={"vtb-a": routes(*SIX)},
    gaps=(Gap("entries/vtb-b", "Forbidden.RAM", "allow vpc:Describe*"),),
)
NO_NODES = snapshot(CCM, nodes=(), entries={"vtb-a": (), "vtb-b": ()})
NODES_UNREAD = replace(NO_NODES, gaps=(Gap("nodes", "403 Forbidden", "ask for the ClusterRole"),))
LABELLED = snapshot(
    CCM,
    nodes=(node(1, labels={"type": "master"}), node(2, labels={"type": "worker"}), node(3)),
    entries={"vtb-a": routes(*SIX[:3]), "vtb-b": routes(*SIX[:3])},
)
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
# What stands on stderr where the result has no room for it.
TAKEN = f"note: the snapshot was taken at {HEALTHY.time}\n"
INCOMPLETE = "error: incomplete result: could not read entries/vtb-b\n"
REASON = "entries/vtb-b: Forbidden.RAM (allow vpc:Describe*)\n"


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    ("taken", "words", "code"),
    [
        (HEALTHY, [], 0),
        (HEALTHY, ["--check"], 0),
        (BROKEN, [], 0),
        (BROKEN, ["--check"], 1),
        (BROKEN, ["--check", "n1"], 0),
        (BROKEN, ["--check", "n3"], 1),
        (BROKEN, ["--check", "--tables", "vtb-a", "n1"], 0),
        (GAPPED, [], 3),
        (GAPPED, ["--check"], 3),
        (NODES_UNREAD, [], 3),
        (NO_NODES, ["--check"], 0),
        (LABELLED, ["--check", "-l", "type=none"], 2),
        # What is only evidence does not make the answer incomplete.
        (replace(HEALTHY, gaps=(Gap("events", "forbidden"),)), ["--check"], 0),
    ],
)
def test_the_exit_code_is_the_same_for_every_format(
    tmp_path: Path, taken: Snapshot, words: list[str], code: int, output: str
) -> None:
    answer = replay(tmp_path, taken, "status", "-o", output, *words)
    assert (answer.code, "Traceback" in answer.stderr) == (code, False)
    assert bool(answer.stdout) is (code != 2) or output == "name"


@pytest.mark.parametrize(
    ("taken", "words", "names"),
    [
        # Problems come first, and natural order follows.
        (BROKEN, "", "n3 n1 n2 n4 n5 n6"),
        (BROKEN, "--sort-by name", "n1 n2 n3 n4 n5 n6"),
        (BROKEN, "--problems", "n3"),
        (BROKEN, "n2 --sort-by name n1", "n1 n2"),
        (LABELLED, "-l type", "n1 n2"),
        (LABELLED, "n1 n2 -l type=worker", "n2"),
    ],
)
def test_rows_that_are_shown(tmp_path: Path, taken: Snapshot, words: str, names: str) -> None:
    answer = replay(tmp_path, taken, "status", "-o", "name", *words.split())
    assert (answer.code, answer.stdout.split()) == (0, [f"node/{name}" for name in names.split()])


def test_selection_narrows_the_rows_but_not_the_counts(tmp_path: Path) -> None:
    words = ("status", "-l", "type in (worker)", "-o", "json")
    found = replay(tmp_path, LABELLED, *words).document
    assert [row["name"] for row in found["nodes"]] == ["n2"]
    assert found["summary"]["ok"] == 6


@pytest.mark.parametrize(
    ("taken", "words", "lines"),
    [
        (BROKEN, ["n1", "n99"], ["node n99 not found", "kubectl get nodes lists them"]),
        (
            LABELLED,
            ["-l", "pool=a"],
            [
                "a snapshot file does not hold the label pool",
                f"it holds {', '.join(LABELS_THAT_MATTER)}",
            ],
        ),
        (
            LABELLED,
            ["--check", "-l", "type=none"],
            [
                "No node matches the selector type=none",
                "a --check of no node would always succeed",
            ],
        ),
        (
            replace(HEALTHY, tables=(*HEALTHY.tables, GATEWAY)),
            ["--check", "--tables", "vtb-a,vtb-g"],
            [
                "--tables: vtb-g is a gateway route table, which takes no routes to nodes",
                "kubectl routes tables shows the type of every table",
            ],
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(
    tmp_path: Path, taken: Snapshot, words: list[str], lines: list[str]
) -> None:
    answer = replay(tmp_path, taken, "status", *words)
    assert answer == (2, "", "error: " + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("taken", "words", "code", "sentence"),
    [
        (HEALTHY, "--problems", 0, "No node has a problem."),
        (LABELLED, "-l type=none", 0, "No node matches the selector type=none."),
        (LABELLED, "--problems -l type=none", 0, "No node matches the selector type=none."),
        (
            LABELLED,
            "--problems -l type=none n1",
            0,
            "None of the named nodes matches the selector type=none.",
        ),
        (LABELLED, "--problems -l type=worker", 0, "None of the chosen nodes has a problem."),
        (LABELLED, "--problems n1", 0, "None of the chosen nodes has a problem."),
        (NO_NODES, "", 0, "The cluster has no nodes."),
        (NO_NODES, "--problems -l type=none", 0, "The cluster has no nodes."),
        # Nodes that could not be read are not said to be absent, and routes not to be well.
        (NODES_UNREAD, "n1", 3, "The nodes could not be read."),
        (
            VPC_UNREAD,
            "--problems",
            3,
            "What could be read shows no problem; the rest is not known.",
        ),
    ],
)
def test_where_there_is_no_row_a_sentence_says_why(
    tmp_path: Path, taken: Snapshot, words: str, code: int, sentence: str
) -> None:
    answer = replay(tmp_path, taken, "status", *words.split())
    assert (answer.code, sentence in answer.stdout.splitlines()) == (code, True)
    document = replay(tmp_path, taken, "status", "-o", "json", *words.split()).document
    assert document["notices"][-1] == sentence
    bare = replay(tmp_path, taken, "status", "-o", "name", *words.split())
    unread = taken is NODES_UNREAD  # the gap says it
    assert (bare.stdout, sentence in bare.told) == ("", not unread)


def test_a_document_with_rows_has_no_such_notice(tmp_path: Path) -> None:
    assert replay(tmp_path, HEALTHY, "status", "-o", "json").document["notices"] == []


def test_gaps_are_told_on_stderr_where_the_format_has_no_room_for_them(tmp_path: Path) -> None:
    answer = replay(tmp_path, GAPPED, "status", "-o", "name")
    assert answer.stderr == TAKEN + INCOMPLETE + REASON
    answer = replay(tmp_path, GAPPED, "status", "-o", "json")
    assert answer.stderr == INCOMPLETE
    assert answer.document["gaps"][0]["hint"] == "allow vpc:Describe*"
    answer = replay(tmp_path, NODES_UNREAD, "status")
    assert "? could not read nodes: 403 Forbidden\n  ask for the ClusterRole\n" in answer.stdout
    assert answer.stderr == "error: incomplete result: could not read nodes\n"


def test_rows_alone_without_headers(tmp_path: Path) -> None:
    answer = replay(tmp_path, GAPPED, "status", "--no-headers", "n1", "n2")
    assert [line.split() for line in answer.stdout.splitlines()] == [
        ["n1", "172.16.1.0/24", "system", "✓", "ok", "?", "unknown"],
        ["n2", "172.16.2.0/24", "custom", "✓", "ok", "?", "unknown"],
    ]
    assert (answer.code, answer.stderr) == (3, TAKEN + INCOMPLETE + REASON)
    answer = replay(tmp_path, NO_NODES, "status", "--no-headers")
    assert answer == (0, "", f"{TAKEN}The cluster has no nodes.\n")
    answer = replay(tmp_path, GAPPED, "tables", "--no-headers")
    assert [line.split()[0] for line in answer.stdout.splitlines()] == ["vtb-a", "vtb-b"]
    assert "Forbidden.RAM" in answer.stderr


@pytest.mark.parametrize("output", tables.OUTPUTS)
def test_tables_in_every_format(tmp_path: Path, output: str) -> None:
    answer = replay(tmp_path, BROKEN, "tables", "-o", output)
    alone = TAKEN if output == "name" else ""
    assert (answer.code, answer.stderr, "vtb-a" in answer.stdout) == (0, alone, True)
    assert output != "name" or answer.stdout == "routetable/vtb-a\nroutetable/vtb-b\n"
    answer = replay(tmp_path, GAPPED, "tables", "-o", output)
    assert (answer.code, answer.stderr.startswith(alone + INCOMPLETE)) == (3, True)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        *((("status", "-o", output), "stdout") for output in ("table", "wide", "json")),
        (("status", "-o", "name"), "stderr"),
        (("status", "--no-headers"), "stderr"),
        (("tables",), "stdout"),
        (("tables", "-o", "name"), "stderr"),
        *(
            (("diagnose", "-o", output), "stdout")
            for output in ("table", "short", "junit", "sarif", "html")
        ),
        (("trace", "n1", "n2"), "stdout"),
    ],
)
def test_every_output_of_a_snapshot_says_when_it_was_taken(
    tmp_path: Path, words: tuple[str, ...], where: str
) -> None:
    answer = replay(tmp_path, HEALTHY, *words)
    assert HEALTHY.time in getattr(answer, where)
