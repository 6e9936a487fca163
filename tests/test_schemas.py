"""docs/schema is what the program writes. Every document that a test has the program make is
looked at too: tests/conftest.py.
"""

from __future__ import annotations

import json

import pytest

from kubectl_routes.render import documents
from kubectl_routes_simulator.cluster import SimulatedCluster
from release import schemas
from tests.cli.asking import ask
from tests.render.examples import EVERYTHING
from tests.schemas import FOLDER, faults


@pytest.mark.parametrize("kind", schemas.schemas())
def test_the_schema_of_a_kind_is_current(kind: str, request: pytest.FixtureRequest) -> None:
    """``make schemas`` writes it, and so does --update-golden."""
    if request.config.getoption("--update-golden"):
        schemas.main()
    written = (FOLDER / f"{kind}.json").read_text(encoding="utf-8")
    assert written == schemas.text(schemas.schemas()[kind])


def test_there_is_no_schema_of_anything_else() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(schemas.schemas())


def test_the_page_names_every_kind_and_its_schema() -> None:
    page = (FOLDER.parent / "documents.md").read_text(encoding="utf-8")
    assert [
        kind for kind in schemas.schemas() if f"[{kind}.json](schema/{kind}.json)" not in page
    ] == []


def test_what_is_not_as_the_schema_says_is_found() -> None:
    status = json.loads(documents.json(EVERYTHING))
    assert faults(json.dumps(status)) == []
    status["nodes"][1]["routes"]["vtb-x"] = {"state": "fine"}
    status["tables"][0]["id"] = None
    del status["verdict"]
    found = "\n".join(faults(json.dumps(status)))
    for one in (
        'RouteStatus/nodes/1/routes/vtb-x/state: "fine" is not one of',
        'RouteStatus/nodes/1/routes/vtb-x: "nextHop" is a required property',
        'RouteStatus/tables/0/id: null is not of type "string"',
        'RouteStatus: "verdict" is a required property',
    ):
        assert one in found


@pytest.mark.parametrize("scenario", ["healthy", "blocked", "managed"])
def test_a_snapshot_is_as_its_schema_says(scenario: str) -> None:
    with SimulatedCluster(scenario) as cluster:
        answer = ask(cluster, "snapshot", "-o", "-")
    assert answer.document["kind"] == "Snapshot"
    assert faults(answer.stdout) == []
