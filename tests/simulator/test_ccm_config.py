"""The simulated CCM reads cloud-config as the Go libraries in the real one do; what the rows of
go_decoders.json are is explained in tests/ccm/test_goyaml.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_routes_simulator.ccm_config import GlobalSection, read_json, read_yaml

ROWS = json.loads(
    (Path(__file__).parents[1] / "ccm" / "go_decoders.json").read_text(encoding="utf-8")
)


def listed(reader: Callable[[str], GlobalSection], text: str) -> str | None:
    try:
        return reader(text).route_table_ids
    except ValueError:
        return None


@pytest.mark.parametrize(("text", "v1", "v2"), ROWS)
def test_text_reads_as_in_go(text: str, v1: str | None, v2: str | None) -> None:
    assert (listed(read_json, text), listed(read_yaml, text)) == (v1, v2)
