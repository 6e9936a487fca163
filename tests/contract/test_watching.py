"""What a watch shows, on any API server."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.servers import Answer, Server
from tests.contract.test_reading import TABLE, config_map, unique
from tests.contract.test_writing import MERGE, configs, made, name_of


def watched(server: Server, since: str, **query: str) -> list[Any]:
    """The frames of a watch that lasts a second."""
    asked = {"watch": "true", "resourceVersion": since, "timeoutSeconds": "1", **query}
    answer = server.get(configs(server), None, **asked)
    assert answer.status == 200
    return frames(answer)


def frames(answer: Answer) -> list[Any]:
    return [json.loads(line) for line in answer.body.splitlines()]


def seen(found: list[Any]) -> list[tuple[str, str]]:
    return [
        (frame["type"], frame["object"]["metadata"]["name"])
        for frame in found
        if frame["type"] != "BOOKMARK"
    ]


def now(server: Server) -> str:
    return str(server.get(configs(server)).json()["metadata"]["resourceVersion"])


def test_an_object_from_its_creation_to_its_end(server: Server) -> None:
    since = now(server)
    name = name_of(made(server))
    path = configs(server, name)
    changed = server.send("PATCH", path, {"data": {"key": "other"}}, MERGE).json()
    server.send("DELETE", path)
    found = watched(server, since, fieldSelector=f"metadata.name={name}")
    assert seen(found) == [("ADDED", name), ("MODIFIED", name), ("DELETED", name)]
    assert found[1]["object"] == changed
    # The version of a deletion is that of the deletion, so that a watch can go on from there.
    ended = found[2]["object"]["metadata"]["resourceVersion"]
    assert int(ended) > int(changed["metadata"]["resourceVersion"])


def test_a_label_that_comes_and_goes_is_an_addition_and_a_deletion(server: Server) -> None:
    name = name_of(made(server))
    since = now(server)
    for value in ("a", "b", None):
        patch = {"metadata": {"labels": {"zone": value}}}
        assert server.send("PATCH", configs(server, name), patch, MERGE).status == 200
    found = watched(server, since, labelSelector="zone")
    assert seen(found) == [("ADDED", name), ("MODIFIED", name), ("DELETED", name)]


def test_without_a_version_it_begins_with_what_there_is(server: Server) -> None:
    mark, name = unique("mark"), unique("there")
    server.seed(config_map(server, name, mark=mark))
    for since in ("", "0"):
        assert seen(watched(server, since, labelSelector=f"mark={mark}")) == [("ADDED", name)]


def test_bookmarks_come_when_asked_for(server: Server) -> None:
    since = now(server)
    name = name_of(made(server))
    found = watched(
        server, since, allowWatchBookmarks="true", fieldSelector=f"metadata.name={name}"
    )
    assert seen(found) == [("ADDED", name)]
    for frame in found:
        if frame["type"] == "BOOKMARK":
            meta = frame["object"]["metadata"]
            assert set(frame["object"]) == {"kind", "apiVersion", "metadata"}
            assert int(meta["resourceVersion"]) >= int(since)


def test_changes_as_a_table(server: Server) -> None:
    since = now(server)
    first, second = (name_of(made(server)) for _ in range(2))
    answer = server.get(
        configs(server), {"Accept": TABLE}, watch="true", resourceVersion=since, timeoutSeconds="1"
    )
    found = [frame["object"] for frame in frames(answer)]
    assert [table["rows"][0]["cells"][0] for table in found] == [first, second]
    # Only the first table of a watch names the columns.
    assert [bool(table["columnDefinitions"]) for table in found] == [True, False]


def test_a_watch_that_is_refused(server: Server) -> None:
    # 500 of older servers, 400 of newer ones.
    for query, codes in (({"resourceVersion": "x"}, {400, 500}), ({"fieldSelector": "a=b"}, {400})):
        asked = {"watch": "true", "timeoutSeconds": "1", **query}
        answer = server.get(configs(server), None, **asked)
        assert answer.status in codes
        assert answer.json()["code"] == answer.status
