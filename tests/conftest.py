from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes says something of the machine, and nothing of the program.
settings.register_profile("untimed", deadline=None)
# Mutants are judged by the same few examples every time. Who wants more than the profile gives says
# so in multiples of it.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, max_examples=20
)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kubeconfig",
        metavar="FILE",
        help="run the contract tests against the cluster of this kubeconfig too; what they create "
        "is in a namespace of their own, or carries a label, and is removed at the end",
    )
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
