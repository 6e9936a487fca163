"""``status`` and ``tables`` on a snapshot file: rows, formats, exit codes; no server is asked."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest

from kubectl_routes.cli.flags import tables
from kubectl_routes.cli.flags.status import OUTPUTS
from kubectl_routes.cli.main import main
from kubectl_routes.model.nodes import LABELS_THAT_MATTER
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import RouteEntry
from tests.analyze.cluster import SIX, controller, listing, node, routes, snapshot

CCM = controller("v2.14.0", listing("vtb-a,vtb-b"))
HEALTHY = snapshot(CCM, entries={"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)})
# n3 has no route in vtb-b.
BROKEN = snapshot(CCM, entries={"vtb-a": routes(*SIX), "vtb-b": routes(*(SIX[:2] + SIX[3:]))})
UNREAD: dict[str, tuple[RouteEntry, ...]] = {"vtb-a": routes(*SIX)}
GAPPED = snapshot(
    CCM, entries=UNREAD, gaps=(Gap("entries/vtb-b", "Forbidden.RAM", "allow vpc:Describe*"),)
)
NO_NODES = snapshot(CCM, nodes=(), entries={"vtb-a": (), "vtb-b": ()})
NODES_UNREAD = snapshot(
    CCM,
    nodes=(),
    entries={"vtb-a": (), "vtb-b": ()},
    gaps=(Gap("nodes", "403 Forbidden", "ask for the ClusterRole"),),
)
LABELLED = snapshot(
    CCM,
    nodes=(node(1, labels={"type": "master"}), node(2, labels={"type": "worker"}), node(3)),
    entries={"vtb-a": routes(*SIX[:3]), "vtb-b": routes(*SIX[:3])},
)


# What stands on stderr where the result has no room for it.
TAKEN = f"note: the snapshot was taken at {HEALTHY.time}\n"


def ask(tmp_path: Path, taken: Snapshot, *words: str) -> tuple[int, str, str]:
    path = tmp_path / "snapshot.json"
    path.write_bytes(msgspec.json.encode(taken))
    stdout = io.StringIO()
    stderr = io.StringIO()
    argv = ["kubectl-routes", *words, "--snapshot", str(path)]
    code = main(argv, {"COLUMNS": "100"}, stdout, stderr)
    return code, stdout.getvalue(), stderr.getvalue()


def names(tmp_path: Path, taken: Snapshot, *words: str) -> str:
    code, stdout, _ = ask(tmp_path, taken, "status", "-o", "name", *words)
    assert code == 0
    return stdout.replace("node/", "").replace("\n", " ").strip()


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
    ],
)
def test_the_exit_code_is_the_same_for_every_format(
    tmp_path: Path, taken: Snapshot, words: list[str], code: int, output: str
) -> None:
    found, stdout, stderr = ask(tmp_path, taken, "status", "-o", output, *words)
    assert (found, "Traceback" in stderr) == (code, False)
    assert stdout or output == "name"


def test_problems_come_first_and_natural_order_follows(tmp_path: Path) -> None:
    assert names(tmp_path, BROKEN) == "n3 n1 n2 n4 n5 n6"
    assert names(tmp_path, BROKEN, "--sort-by", "name") == "n1 n2 n3 n4 n5 n6"


def test_only_problems(tmp_path: Path) -> None:
    assert names(tmp_path, BROKEN, "--problems") == "n3"
    code, stdout, stderr = ask(tmp_path, HEALTHY, "status", "--problems")
    assert (code, stderr) == (0, "")
    assert stdout.endswith("\n\nNo node has a problem.\n")


def test_only_the_named_nodes_wherever_the_names_stand(tmp_path: Path) -> None:
    assert names(tmp_path, BROKEN, "n2", "--sort-by", "name", "n1") == "n1 n2"


def test_a_node_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert ask(tmp_path, BROKEN, "status", "n1", "n99") == (
        2,
        "",
        "error: node n99 not found\nkubectl get nodes lists them\n",
    )


def test_nodes_that_could_not_be_read_are_not_said_to_be_absent(tmp_path: Path) -> None:
    code, stdout, stderr = ask(tmp_path, NODES_UNREAD, "status", "n1")
    assert code == 3
    assert "The nodes could not be read." in stdout
    assert "? could not read nodes: 403 Forbidden\n  ask for the ClusterRole\n" in stdout
    assert stderr == "error: incomplete result: could not read nodes\n"


def test_selection_and_names_narrow_the_rows_but_not_the_counts(tmp_path: Path) -> None:
    assert names(tmp_path, LABELLED, "-l", "type") == "n1 n2"
    assert names(tmp_path, LABELLED, "-l", "type in (worker)", "n1", "n2") == "n2"
    _, stdout, _ = ask(tmp_path, LABELLED, "status", "-l", "type=worker", "-o", "json")
    status = json.loads(stdout)
    assert [row["name"] for row in status["nodes"]] == ["n2"]
    assert status["summary"]["ok"] == 6


def test_a_selector_that_matches_nothing_says_so(tmp_path: Path) -> None:
    _, stdout, _ = ask(tmp_path, LABELLED, "status", "-l", "type=none")
    assert stdout.endswith("\n\nNo node matches the selector type=none.\n")
    assert ask(tmp_path, LABELLED, "status", "-l", "type=none", "-o", "name") == (
        0,
        "",
        f"{TAKEN}No node matches the selector type=none.\n",
    )


def test_a_file_can_be_asked_only_for_the_labels_it_holds(tmp_path: Path) -> None:
    assert ask(tmp_path, LABELLED, "status", "-l", "pool=a") == (
        2,
        "",
        "error: a snapshot file does not hold the label pool\n"
        f"it holds {', '.join(LABELS_THAT_MATTER)}\n",
    )


def test_an_empty_cluster_says_so(tmp_path: Path) -> None:
    code, stdout, stderr = ask(tmp_path, NO_NODES, "status")
    assert (code, stderr) == (0, "")
    assert stdout.endswith("\n\nThe cluster has no nodes.\n")


def test_a_table_given_twice_is_shown_once(tmp_path: Path) -> None:
    words = ("status", "--tables", "vtb-b,vtb-b", "--tables", "vtb-b", "-o", "json")
    code, stdout, stderr = ask(tmp_path, BROKEN, *words)
    assert (code, stderr) == (0, "note: --tables names a table twice, it is shown once\n")
    managed = [table["id"] for table in json.loads(stdout)["tables"] if table["managed"]]
    assert managed == ["vtb-b"]


def test_a_table_that_the_vpc_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    code, stdout, stderr = ask(tmp_path, BROKEN, "status", "--tables", "vtb-nope")
    assert (code, stdout) == (2, "")
    assert stderr == (
        "error: --tables: vtb-nope is no route table of vpc-1\n"
        "The tables of the VPC are: vtb-a, vtb-b.\n"
    )


def test_gaps_are_told_on_stderr_where_the_format_has_no_room_for_them(tmp_path: Path) -> None:
    _, _, stderr = ask(tmp_path, GAPPED, "status", "-o", "name")
    assert stderr == (
        f"{TAKEN}error: incomplete result: could not read entries/vtb-b\n"
        "entries/vtb-b: Forbidden.RAM (allow vpc:Describe*)\n"
    )
    _, stdout, stderr = ask(tmp_path, GAPPED, "status", "-o", "json")
    assert stderr == "error: incomplete result: could not read entries/vtb-b\n"
    assert json.loads(stdout)["gaps"][0]["hint"] == "allow vpc:Describe*"


def test_what_is_only_evidence_does_not_make_the_answer_incomplete(tmp_path: Path) -> None:
    taken = msgspec.structs.replace(HEALTHY, gaps=(Gap("events", "forbidden"),))
    assert ask(tmp_path, taken, "status", "--check")[0] == 0


def test_colour_is_put_on_when_asked_for_and_only_then(tmp_path: Path) -> None:
    assert "\x1b[32m" in ask(tmp_path, HEALTHY, "status", "--color", "always")[1]
    assert "\x1b" not in ask(tmp_path, HEALTHY, "status")[1]


def test_rows_alone_without_headers(tmp_path: Path) -> None:
    code, stdout, stderr = ask(tmp_path, GAPPED, "status", "--no-headers", "n1", "n2")
    assert code == 3
    assert [line.split() for line in stdout.splitlines()] == [
        ["n1", "172.16.1.0/24", "system", "✓", "ok", "?", "unknown"],
        ["n2", "172.16.2.0/24", "custom", "✓", "ok", "?", "unknown"],
    ]
    assert stderr == (
        f"{TAKEN}error: incomplete result: could not read entries/vtb-b\n"
        "entries/vtb-b: Forbidden.RAM (allow vpc:Describe*)\n"
    )
    assert ask(tmp_path, NO_NODES, "status", "--no-headers") == (
        0,
        "",
        f"{TAKEN}The cluster has no nodes.\n",
    )
    _, stdout, stderr = ask(tmp_path, GAPPED, "tables", "--no-headers")
    assert [line.split()[0] for line in stdout.splitlines()] == ["vtb-a", "vtb-b"]
    assert "Forbidden.RAM" in stderr


@pytest.mark.parametrize("output", tables.OUTPUTS)
def test_tables_in_every_format(tmp_path: Path, output: str) -> None:
    code, stdout, stderr = ask(tmp_path, BROKEN, "tables", "-o", output)
    alone = TAKEN if output == "name" else ""
    assert (code, stderr) == (0, alone)
    assert "vtb-a" in stdout
    code, stdout, stderr = ask(tmp_path, GAPPED, "tables", "-o", output)
    assert code == 3
    assert stderr.startswith(f"{alone}error: incomplete result: could not read entries/vtb-b\n")


def test_tables_as_names_can_be_read_by_a_script(tmp_path: Path) -> None:
    assert (
        ask(tmp_path, BROKEN, "tables", "-o", "name")[1] == "routetable/vtb-a\nroutetable/vtb-b\n"
    )


@pytest.mark.parametrize(
    ("taken", "words", "notices"),
    [
        (HEALTHY, ["--problems"], ["No node has a problem."]),
        (LABELLED, ["-l", "type=none"], ["No node matches the selector type=none."]),
        (NODES_UNREAD, [], ["The nodes could not be read."]),
        (HEALTHY, [], []),
    ],
)
def test_a_document_without_a_row_says_why(
    tmp_path: Path, taken: Snapshot, words: list[str], notices: list[str]
) -> None:
    document = json.loads(ask(tmp_path, taken, "status", "-o", "json", *words)[1])
    assert document["notices"] == notices


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("status",), "stdout"),
        (("status", "-o", "wide"), "stdout"),
        (("status", "-o", "json"), "stdout"),
        (("status", "-o", "name"), "stderr"),
        (("status", "--no-headers"), "stderr"),
        (("tables",), "stdout"),
        (("tables", "-o", "name"), "stderr"),
        (("diagnose",), "stdout"),
        (("diagnose", "-o", "short"), "stdout"),
        (("diagnose", "-o", "junit"), "stdout"),
        (("diagnose", "-o", "sarif"), "stdout"),
        (("diagnose", "-o", "html"), "stdout"),
        (("trace", "n1", "n2"), "stdout"),
    ],
)
def test_every_output_of_a_snapshot_says_when_it_was_taken(
    tmp_path: Path, words: tuple[str, ...], where: str
) -> None:
    _, stdout, stderr = ask(tmp_path, HEALTHY, *words)
    assert (HEALTHY.time in {"stdout": stdout, "stderr": stderr}[where]) is True
