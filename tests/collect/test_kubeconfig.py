from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.collect.connection import Connection, connect
from kubectl_routes.collect.kubeconfig import LARGEST
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import RoutesError, UsageError

TOKEN = "t0ken-C4nary"


def config(name: str, current: str = "", **user: object) -> dict[str, object]:
    """A kubeconfig whose context, cluster and user all have one name."""
    server = f"https://{name}.example.com:6443/"
    return {
        "current-context": current,
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": user or {"token": f"{TOKEN}-{name}"}}],
    }


def save(path: Path, content: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(content))
    return str(path)


def way(**options: str) -> CollectOptions:
    return CollectOptions(**options)  # type: ignore[arg-type]


def shape(connection: Connection) -> tuple[str, str, str, str]:
    token = str(connection.headers().get("authorization", ""))
    return connection.context, connection.server, connection.user, token


def test_the_file_in_the_home_folder(tmp_path: Path) -> None:
    save(tmp_path / ".kube" / "config", config("a", "a"))
    connection = connect(way(), {"HOME": str(tmp_path)})
    assert shape(connection) == ("a", "https://a.example.com:6443", "a", f"Bearer {TOKEN}-a")
    assert connection.secrets() == (f"{TOKEN}-a",)


def test_several_files_are_merged_and_the_first_chooses_the_context(tmp_path: Path) -> None:
    first = save(tmp_path / "1", config("a"))
    second = save(tmp_path / "2", config("b", "b"))
    third = save(tmp_path / "3", config("c", "c"))
    missing = str(tmp_path / "none")
    env = {"KUBECONFIG": os.pathsep.join((missing, first, second, third))}
    assert shape(connect(way(), env))[0] == "b"
    assert shape(connect(way(context="c"), env))[1] == "https://c.example.com:6443"


def test_cluster_and_user_are_laid_over_the_context(tmp_path: Path) -> None:
    files = (save(tmp_path / "1", config("a", "a")), save(tmp_path / "2", config("b")))
    env = {"KUBECONFIG": os.pathsep.join(files)}
    connection = connect(way(cluster="b"), env)
    assert shape(connection) == ("a", "https://b.example.com:6443", "a", f"Bearer {TOKEN}-a")
    connection = connect(way(user="b"), env)
    assert shape(connection) == ("a", "https://a.example.com:6443", "b", f"Bearer {TOKEN}-b")


@pytest.mark.parametrize(
    ("options", "complaint", "hint"),
    [
        ({"context": "x"}, "context 'x' does not exist", "contexts in"),
        ({"cluster": "x"}, "cluster 'x' does not exist", "clusters in"),
        ({"user": "x"}, "user 'x' does not exist", "users in"),
        ({"kubeconfig": "/nowhere/at/all"}, "kubeconfig /nowhere/at/all does not exist", "check"),
    ],
)
def test_what_is_not_there_is_named(
    tmp_path: Path, options: dict[str, str], complaint: str, hint: str
) -> None:
    env = {"KUBECONFIG": save(tmp_path / "1", config("a", "a"))}
    with pytest.raises(UsageError) as raised:
        connect(way(**options), env)
    assert complaint in str(raised.value)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"current-context: a\nclusters: [{cluster: {}}]",
        b"current-context: a\nclusters: []\ncontexts: [{name: a}]",
        b"current-context: a\nclusters: [{name: a}]\ncontexts: [{name: a, context: {cluster: a}}]",
        b'{"users": [{"name": "u", "user": {"token": "t0ken-C4nary"}}], "contexts": "C4nary"}',
    ],
)
def test_a_damaged_kubeconfig_is_wrong_usage_and_quotes_nothing(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "config"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        connect(way(kubeconfig=str(path)), {})
    assert "C4nary" not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize("host", ["a" * 64, ".example.com", "a..example.com"])
def test_a_host_that_none_can_be_called(tmp_path: Path, host: str) -> None:
    content = config("a", "a")
    content["clusters"] = [{"name": "a", "cluster": {"server": f"https://{host}"}}]
    with pytest.raises(UsageError, match="the server of cluster 'a' is not a URL"):
        connect(way(kubeconfig=save(tmp_path / "1", content)), {})


def test_no_current_context_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="sets no current context"):
        connect(way(kubeconfig=save(tmp_path / "1", config("a"))), {})


def test_a_group_without_a_user_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="--as-group needs --as"):
        connect(CollectOptions(as_groups=("g",)), {})


@pytest.mark.parametrize(
    ("flags", "user", "groups"),
    [
        ({}, "ann", ["g1", "g2"]),
        ({"as_user": "bob"}, "bob", ["g1", "g2"]),
        ({"as_user": "bob", "as_groups": ("g3",)}, "bob", ["g3"]),
    ],
)
def test_a_user_acts_as_another_where_its_entry_says_so_as_with_kubectl(
    tmp_path: Path, flags: dict[str, Any], user: str, groups: list[str]
) -> None:
    path = save(tmp_path / "1", config("a", "a", **{"as": "ann", "as-groups": ["g1", "g2"]}))
    headers = connect(way(kubeconfig=path, **flags), {}).headers()
    assert headers["Impersonate-User"] == user
    assert headers.getlist("Impersonate-Group") == groups


@pytest.mark.parametrize("entry", [{"as": 5}, {"as": "ann", "as-groups": "g1"}])
def test_whom_to_act_as_is_never_guessed(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = save(tmp_path / "1", config("a", "a", **entry))
    with pytest.raises(UsageError, match="it is malformed"):
        connect(way(kubeconfig=path), {})


def test_a_certificate_file_that_is_gone_is_named(tmp_path: Path) -> None:
    content = config("a", "a", **{"client-certificate": "/nowhere/cert", "client-key": "/k"})
    with pytest.raises(RoutesError, match="File does not exist: /nowhere/cert"):
        connect(way(kubeconfig=save(tmp_path / "1", content)), {})


def test_the_proxy_of_the_kubeconfig_comes_before_the_environment(tmp_path: Path) -> None:
    content = config("a", "a")
    content["clusters"] = [
        {"name": "a", "cluster": {"server": "https://a.com", "proxy-url": "http://127.0.0.1:9"}}
    ]
    path = save(tmp_path / "1", content)
    env = {"HTTPS_PROXY": "http://127.0.0.1:8"}
    assert connect(way(kubeconfig=path), env).transport.pool.proxy.port == 9
    plain = save(tmp_path / "2", config("b", "b"))
    assert connect(way(kubeconfig=plain), env).transport.pool.proxy.port == 8
    excluded = {**env, "NO_PROXY": "example.com"}
    assert connect(way(kubeconfig=plain), excluded).transport.pool.proxy is None


@pytest.mark.parametrize(
    ("name", "shown"), [("\\ud83d\\ude00", "\U0001f600"), ("half \\ud83d", "half \ufffd")]
)
def test_a_name_in_halves_of_characters_can_be_written(
    tmp_path: Path, name: str, shown: str
) -> None:
    path = tmp_path / "config"
    path.write_text(
        msgspec.json.encode(config("NAME", "NAME", token="t")).decode().replace("NAME", name)
    )
    path.write_text(path.read_text().replace(f"https://{name}", "https://a"))
    connection = connect(way(kubeconfig=str(path)), {})
    assert (connection.context, connection.user) == (shown, shown)


@pytest.mark.parametrize("plugin", [9, "x", [1], True])
def test_a_credential_plugin_that_is_no_mapping(tmp_path: Path, plugin: object) -> None:
    path = save(tmp_path / "config", config("a", "a", exec=plugin))
    with pytest.raises(RoutesError):
        connect(way(kubeconfig=path), {})


def test_a_kubeconfig_comes_through_a_pipe_as_well(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = msgspec.json.encode(config("a", "a"))
    writing = threading.Thread(target=path.write_bytes, args=(content,))
    writing.start()
    assert connect(way(kubeconfig=str(path)), {}).context == "a"
    writing.join()


def test_what_is_larger_than_any_kubeconfig_is_none(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(UsageError, match="is larger than 8 MiB"):
        connect(way(kubeconfig=str(path)), {})
