from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest
import yaml
from msgspec import structs

from kubectl_routes.model.path import Trace
from kubectl_routes.render import documents
from kubectl_routes.render.page import Page
from kubectl_routes.render.path import trace_page
from kubectl_routes.render.text import columns
from tests.render.traces import BROKEN, TRACES
from tests.render.variants import assert_colour_and_ascii_change_no_word

Compare = Callable[[str, str], None]


@pytest.mark.parametrize("trace", TRACES)
def test_trace_is_laid_out_as_the_golden_file_shows(golden: Compare, trace: str) -> None:
    golden(f"trace-{trace}-80-colour.txt", trace_page(TRACES[trace], Page(80, colour=True)))


def test_a_wide_screen_takes_a_trace_in_fewer_lines(golden: Compare) -> None:
    golden("trace-broken-160.txt", trace_page(BROKEN, Page(160)))


@pytest.mark.parametrize("trace", ["broken", "hostile"])
def test_trace_documents_are_as_the_golden_files_show(golden: Compare, trace: str) -> None:
    golden(f"trace-{trace}.json", documents.json(TRACES[trace]))


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_yaml_of_a_trace_says_the_same_as_json_in_the_same_order(trace: Trace) -> None:
    read = json.loads(documents.json(trace))
    assert json.dumps(yaml.safe_load(documents.yaml(trace))) == json.dumps(read)


@pytest.mark.parametrize("page", [Page(80), Page(160)])
@pytest.mark.parametrize("trace", TRACES)
def test_colour_and_ascii_change_no_word(trace: str, page: Page) -> None:
    assert_colour_and_ascii_change_no_word(partial(trace_page, TRACES[trace]), page)


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
