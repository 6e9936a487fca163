"""``diff``, with files and with a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import BASE, ask, run, shot

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BEFORE, AFTER = str(EXAMPLES / "before.json"), str(EXAMPLES / "after.json")


def test_two_files_are_compared_in_every_format() -> None:
    for output in ("table", "yaml", "markdown"):
        said = run(BASE, "diff", BEFORE, AFTER, "-o", output)
        assert (said.code, said.stderr) == (1, "")
        assert "routeTableIDs" in said.stdout
    found = run(BASE, "diff", BEFORE, AFTER, "-o", "json").document
    assert (found["kind"], found["result"]) == ("RouteDiff", "different")
    assert found["summary"]["routes"] == 11
    assert found["old"]["source"] == BEFORE
    assert run(BASE, "diff", BEFORE, BEFORE).code == 0
    assert run(BASE, "diff", BEFORE, AFTER, "--lang", "zh").stdout.startswith("✗ 存在差异：")


def test_a_file_is_compared_with_the_cluster_now(cluster: SimulatedCluster, tmp_path: Path) -> None:
    file = shot(cluster, tmp_path)
    assert ask(cluster, "diff", file).stdout.startswith("✓ no differences\n")
    table = cluster.vpc.store.table(cluster.infra.table_ids[0])
    entry = table.at_cidr(cluster.infra.nodes[0].pod_cidr)
    assert entry is not None
    table.remove(entry)
    said = ask(cluster, "diff", file, "-o", "json")
    assert (said.code, said.document["new"]["source"]) == (1, None)
    changes = {(one["part"], one["change"]) for one in said.document["changes"]}
    assert {("routes", "changed"), ("entries", "removed")} <= changes
    # --snapshot stands for the cluster, as everywhere.
    assert ask(cluster, "diff", file, "--snapshot", file).code == 0


def test_what_was_not_read_makes_the_answer_incomplete(tmp_path: Path) -> None:
    document = json.loads(Path(BEFORE).read_text(encoding="utf-8"))
    table = document["tables"][0]["id"]
    del document["entries"][table]
    document["gaps"] = [{"part": f"entries/{table}", "reason": "refused", "hint": ""}]
    file = tmp_path / "gap.json"
    file.write_text(json.dumps(document))
    said = run(BASE, "diff", BEFORE, str(file))
    assert said.code == 3
    assert said.stdout.startswith("? no differences in what was read on both sides\n")
    assert f"? entries/{table}, not read on the new side: refused" in said.stdout
    assert said.stderr == f"error: incomplete result: could not read entries/{table}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/absent", BEFORE), "snapshot /absent cannot be read: No such file or directory"),
        ((BEFORE, "/dev/null"), "/dev/null is not a snapshot: it is not a JSON object"),
        ((BEFORE, BEFORE, "--snapshot", BEFORE), "NEW and --snapshot are both given"),
        ((), "the following arguments are required: OLD"),
    ],
)
def test_a_wrong_call_is_one_line(words: tuple[str, ...], message: str) -> None:
    said = run(BASE, "diff", *words)
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr.splitlines()[0] == f"error: {message}"
