from __future__ import annotations

from kubectl_routes.render.text import names


def test_one_object_a_line_as_kubectl_writes_them() -> None:
    assert names("node", ["a", "b\x1b[2J"]) == "node/a\nnode/b\\x1b[2J\n"
    assert names("routetable", []) == ""
