"""Clusters that never answer, among others that do."""

from __future__ import annotations

import os
import socket
import time

from tests.cli.asking import BASE, run
from tests.cli.many import ManyClusters


def test_clusters_that_never_answer_spoil_no_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        others = {f"silent-{number}": url for number in range(9)}
        with ManyClusters({"a": "healthy", "z": "blocked"}, others=others) as many:
            env = many.environment({**BASE, "PATH": os.environ["PATH"]})
            began = time.monotonic()
            words = ("status", "--all-contexts", "--request-timeout", "8s", *many.profiles)
            said = run(env, *words, "-o", "json")
    # The ninth is not read after the first eight, but soon beside them.
    assert time.monotonic() - began < 16
    assert said.code == 3
    items = said.document["items"]
    assert [one["kind"] for one in items] == ["ContextError"] * 9 + ["RouteStatus"] * 2
    assert all("no answer within 8 s" in one["reason"] for one in items[:9])
    assert [one["gaps"] for one in items[9:]] == [[], []]
