from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from kubectl_routes.render.page import Page
from kubectl_routes.render.path import trace_page
from tests.render.traces import BROKEN

Compare = Callable[[str, str], None]


def test_no_command_is_printed_for_a_node_whose_name_would_be_a_flag() -> None:
    shown = trace_page(BROKEN, Page(80))
    assert f"kubectl routes status {BROKEN.source.node} shows whether" in " ".join(shown.split())
    flag = structs.replace(BROKEN, source=structs.replace(BROKEN.source, node="-o"))
    assert "kubectl routes status" not in trace_page(flag, Page(80))
