from __future__ import annotations

import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from kubectl_routes_simulator.cluster import SimulatedCluster

QA = Path(__file__).parent / "qa"

# In a job in the background, and under nohup, these are ignored, and so they would be in every
# process that a test starts to interrupt it. A handler here becomes the default there.
for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(each) is signal.SIG_IGN:
        signal.signal(each, signal.default_int_handler)

# How long an example takes says something of the machine, and nothing of the program.
settings.register_profile("untimed", deadline=None)
# Mutants are judged by the same few examples every time. Who wants more than the profile gives says
# so in multiples of it.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, max_examples=20
)
# For make test, whose examples are the same every time; make qa looks for new ones.
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def documents_are_as_their_schemas_say(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every document that a test has the program make, as JSON or YAML, for whatever reason.

    Without the library jsonschema-rs tests/test_schemas.py fails, and this looks at nothing.
    """
    if find_spec("jsonschema_rs") is None:
        yield
        return
    from kubectl_routes.render import documents  # noqa: PLC0415
    from tests.schemas import faults  # noqa: PLC0415

    found: list[str] = []
    encoded = documents.encoded

    def looked_at(document: documents.Document) -> bytes:
        text = encoded(document)
        found.extend(faults(text))
        return text

    monkeypatch.setattr(documents, "encoded", looked_at)
    yield
    assert found == []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kubeconfig",
        metavar="FILE",
        help="run the contract tests against the cluster of this kubeconfig too; what they create "
        "is in a namespace of their own, or carries a label, and is removed at the end",
    )
    parser.addoption("--update-golden", action="store_true", help="write the golden files again")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long: make test selects the tests that are not, and the smoke tests."""
    for item in items:
        if item.path.is_relative_to(QA):
            item.add_marker("qa")


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    """A healthy cluster without a thread: it does only what a test lets it do."""
    with SimulatedCluster() as opened:
        yield opened
