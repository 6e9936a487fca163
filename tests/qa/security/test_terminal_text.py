"""Characters that a terminal obeys, in every text of others: none reaches stdout or stderr."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.cli.complete import answer
from kubectl_routes.cli.flags import names
from kubectl_routes.cli.main import main
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from tests.cli.asking import run
from tests.cli.streams import Screen
from tests.qa.security.commands import COMPLETED, lines
from tests.qa.security.planted import CCM, SPACE, Planted
from tests.qa.security.users import User, use

# Clear the screen; a link and the clipboard (OSC 8, 52); CSI and NEL as single characters (C1);
# bell, return, backspace, DEL, NUL; text that turns; marks that are not seen; line separators.
HOSTILE = (
    "\x1b[2J\x1b]8;;http://evil.example\x1b\\x\x1b]52;c;Zm9v\x07\x9b31m\x85\r\x08\x7f\x00"
    "\u202e\u2066\u200b\u200f\ufeff\u2028\U000e0041"
)
# What a terminal in colour is sent by this tool itself, and how it rewrites a line.
_OURS = re.compile(r"\x1b\[[0-9;]*m|\r?\x1b\[K|\r\n")
_OBEYED = ("Cc", "Cf", "Zl", "Zp", "Cs")


def obeyed(text: str) -> set[str]:
    """The characters that are neither shown nor the end of a line."""
    found = (char for char in _OURS.sub("", text) if char != "\n")
    return {char for char in found if unicodedata.category(char) in _OBEYED}


def test_what_is_looked_for_can_be_found() -> None:
    assert obeyed(f"a{HOSTILE}b") == set(HOSTILE) - {
        char for char in HOSTILE if unicodedata.category(char)[0] in "LNPS"
    }
    assert obeyed("\x1b[31mred\x1b[0m\r\x1b[K and plain, 中文\u3000\n") == set()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with SimulatedCluster("conflict", nodes=5) as cluster:
        found = Planted(cluster, tmp_path_factory.mktemp("home"))
        lay(found)
        yield found


def lay(place: Planted) -> None:
    cluster, store = place.cluster, place.cluster.kube.store
    cluster.node_joins(f"node{HOSTILE}")
    cluster.node_leaves()
    cluster.node_joins(f"node{HOSTILE}")
    for table_id in cluster.infra.table_ids:
        table = cluster.infra.vpc.table(table_id)
        table.record = msgspec.structs.replace(table.record, name=f"table{HOSTILE}")
    cluster.kube.version = f"v1.30{HOSTILE}"
    pods = place.pods()
    cluster.kube.logs.append(SPACE, pods[0], CCM, f"E1124 failed to sync route {HOSTILE}")
    node = cluster.infra.nodes[0].name
    for number, (kind, about) in enumerate((("Node", node), ("Event", "route-controller"))):
        involved = {"kind": kind, "name": about, "namespace": "default"}
        text = f"Could not create route {HOSTILE}"
        place.event(f"event-{number}", involved, "route-controller", text)

    def pod(found: dict[str, Any]) -> None:
        status = found["status"]["containerStatuses"][0]
        status |= {"ready": False, "restartCount": 9}
        status["state"] = {"waiting": {"reason": f"Crash{HOSTILE}", "message": f"no {HOSTILE}"}}

    store.replace("Pod", SPACE, pods[0], pod)

    def workload(found: dict[str, Any]) -> None:
        template = found["spec"]["template"]
        template["metadata"].setdefault("annotations", {})["odd"] = HOSTILE
        container = template["spec"]["containers"][0]
        field = "args" if container.get("args") else "command"
        container[field] = [*container[field], f"--odd={HOSTILE}"]

    cluster.edit_workload(workload)
    use(place, User({}), {"certificate-authority": ""}, f"context{HOSTILE}")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(name, marks=pytest.mark.smoke if name in ("status", "diagnose") else ())
        for name in names()
    ],
)
def test_no_command_and_no_format_shows_one(place: Planted, tmp_path: Path, command: str) -> None:
    for words in lines(command, place.cluster, tmp_path):
        said = run(place.env, *words, "-v", "9")
        assert "internal: " not in said.stderr, said.stderr
        assert obeyed(said.stdout + said.stderr) == set(), words
        assert obeyed("".join(one.read_text() for one in tmp_path.iterdir())) == set()


@pytest.mark.parametrize("command", ["status", "tables", "diagnose", "trace", "enable", "snapshot"])
def test_no_terminal_in_colour_is_sent_one(place: Planted, tmp_path: Path, command: str) -> None:
    for words in lines(command, place.cluster, tmp_path):
        stdout, stderr = Screen(), Screen()
        main(["kubectl-routes", *words, "--color", "always"], place.env, stdout, stderr)
        assert obeyed(stdout.getvalue() + stderr.getvalue()) == set(), words


@pytest.mark.parametrize("words", COMPLETED, ids=" ".join)
def test_completion_offers_none(place: Planted, words: list[str]) -> None:
    stdout = io.StringIO()
    answer(words, place.env, stdout)
    assert obeyed(stdout.getvalue().replace("\t", "")) == set()


FAULTS = {
    "kube": [
        Fault(
            FaultKind.REFUSE,
            match=match,
            times=None,
            status=403,
            body=msgspec.json.encode({"kind": "Status", "message": f"no {HOSTILE}"}),
            headers={"Content-Type": "application/json"},
        )
        for match in ("/nodes", "/daemonsets", "/log", "/events")
    ],
    "vpc": [vpc_faults.refused("Forbidden.RAM", f"no {HOSTILE}", times=None)],
}


@pytest.mark.parametrize("api", FAULTS)
@pytest.mark.parametrize("command", ["status", "tables", "diagnose", "enable", "snapshot"])
def test_no_error_shows_one(place: Planted, tmp_path: Path, api: str, command: str) -> None:
    server = getattr(place.cluster, api).server
    for fault in FAULTS[api]:
        server.faults.add(fault)
    try:
        for words in lines(command, place.cluster, tmp_path):
            if "--list-checks" in words:
                continue
            said = run(place.env, *words, "-v", "9", "--request-timeout", "2s")
            assert said.code == 3, said
            assert obeyed(said.stdout + said.stderr) == set(), words
    finally:
        server.faults.clear()


NAME = HOSTILE.replace("\x00", "")


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--context", NAME),
        ("status", "--snapshot", f"/nowhere/{NAME}"),
        ("snapshot", "-o", f"/nowhere/{NAME}"),
        ("diagnose", "--suppress", f"/nowhere/{NAME}"),
        ("status", "--kubeconfig", f"/nowhere/{NAME}"),
        ("status", "--region", NAME),
        ("status", f"node-{NAME}"),
        ("trace", NAME, "b"),
        ("enable", "--tables", NAME),
        ("explain", NAME),
        ("status", "--vpc-endpoint", f"https://{NAME}"),
        ("status", "--profile", NAME),
        (NAME,),
        ("status", f"--{NAME}"),
        ("simulate", "--", f"/nowhere/{NAME}"),
        ("status", "--", NAME),
    ],
    ids=lambda words: " ".join(word for word in words if word.isprintable()),
)
def test_no_word_of_the_command_line_comes_back_with_one(
    place: Planted, words: tuple[str, ...]
) -> None:
    said = run(place.env, *words, "-v", "9")
    assert said.code in (2, 3), said
    assert "internal: " not in said.stderr
    assert obeyed(said.stdout + said.stderr) == set()


def test_a_snapshot_with_a_hostile_name_says_so_in_the_open(place: Planted) -> None:
    path = place.home / f"{NAME.replace('/', '')}.json"
    said = run(place.env, "snapshot", "-o", str(path))
    assert said.code == 0
    assert obeyed(said.stderr) == set()
    assert "\\x1b[2J" in said.stderr
