from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml
from msgspec import structs

from kubectl_routes.render import documents
from kubectl_routes.render.page import Page
from kubectl_routes.render.path import trace_page
from kubectl_routes.render.text import columns
from tests.render.traces import BROKEN, TRACES

PAGES = {
    "80": Page(80),
    "80-colour": Page(80, colour=True),
    "80-ascii": Page(80, unicode=False),
    "160": Page(160),
}
Compare = Callable[[str, str], None]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("trace", TRACES)
def test_trace_is_laid_out_as_the_golden_file_shows(golden: Compare, trace: str, page: str) -> None:
    golden(f"trace-{trace}-{page}.txt", trace_page(TRACES[trace], PAGES[page]))


@pytest.mark.parametrize("trace", TRACES)
def test_trace_documents_are_as_the_golden_files_show(golden: Compare, trace: str) -> None:
    document = TRACES[trace]
    golden(f"trace-{trace}.json", documents.json(document))
    assert yaml.safe_load(documents.yaml(document)) == json.loads(documents.json(document))


@pytest.mark.parametrize("trace", TRACES)
def test_a_trace_stays_within_eighty_columns(trace: str) -> None:
    lines = trace_page(TRACES[trace], Page(80)).splitlines()
    assert [line for line in lines if columns(line) > 80] == []


@pytest.mark.parametrize("trace", TRACES)
def test_without_colour_a_trace_holds_no_escape(trace: str) -> None:
    text = trace_page(TRACES[trace], Page(80)) + documents.json(TRACES[trace])
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_no_command_is_printed_for_a_node_whose_name_would_be_a_flag() -> None:
    shown = trace_page(BROKEN, Page(80))
    assert f"kubectl routes status {BROKEN.source.node} shows whether" in " ".join(shown.split())
    flag = structs.replace(BROKEN, source=structs.replace(BROKEN.source, node="-o"))
    assert "kubectl routes status" not in trace_page(flag, Page(80))


@pytest.mark.parametrize("trace", TRACES)
def test_an_ascii_stream_gets_a_trace_in_ascii(trace: str) -> None:
    assert trace_page(TRACES[trace], Page(80, unicode=False)).isascii()
