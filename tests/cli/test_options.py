from __future__ import annotations

import argparse
import io
from collections.abc import Callable

import pytest

from kubectl_routes.cli.options import add_shared, duration, level, node_name, table_ids
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import collect_options
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import UsageError


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (duration, "0", 0.0),
        (duration, "30", 30.0),
        (duration, "30s", 30.0),
        (duration, "1m", 60.0),
        (duration, "1m30s", 90.0),
        (duration, "1.5h", 5400.0),
        (duration, "500ms", 0.5),
        (level, "8", 8),
        (table_ids, "vtb-a, vtb-b", ["vtb-a", "vtb-b"]),
        (table_ids, " vtb-bp145q7glnuzdvzu21pwh ", ["vtb-bp145q7glnuzdvzu21pwh"]),
        (table_ids, "routetable/vtb-a, vtb-b", ["vtb-a", "vtb-b"]),
        (node_name, "n1", "n1"),
        (node_name, "node/n1", "n1"),
        (node_name, "nodes/n1", "n1"),
        (node_name, "no/n1", "n1"),
    ],
)
def test_values_are_taken_as_kubectl_takes_them_and_as_o_name_writes_them(
    read: Callable[[str], object], text: str, value: object
) -> None:
    assert read(text) == value


NO_DURATION = "{!r} is not a duration like 30s, 1m30s or 0"
TOO_LONG = "{!r} is longer than 24h"
NO_LEVEL = "{!r} is not a number from 0 to 9"
EMPTY = "empty item in the list {!r}"
NO_TABLE = "{!r} is not the id of a route table (vtb- and letters, digits, hyphens)"
NO_NODE = "{!r} is not the name of a node: NAME or node/NAME"


@pytest.mark.parametrize(
    ("read", "texts", "complaint"),
    [
        (
            duration,
            ("", "abc", "-1", "30x", "s", "1m 30s", "1m30", "1parsec", "1e3", "٣", "٣s"),
            NO_DURATION,
        ),
        (duration, ("25h", "99999999999s", "9" * 5000, "9" * 5000 + "h"), TOO_LONG),
        (level, ("many", "-1", "9" * 5000), NO_LEVEL),
        (table_ids, ("", " , ", "vtb-a,", "vtb-a,,vtb-b", "vtb-a, ,vtb-b"), EMPTY),
        (table_ids, ("vtb-a vtb-b", "VTB-A"), NO_TABLE),
        (node_name, ("pod/n1", "node/", "/n1"), NO_NODE),
    ],
)
def test_what_is_no_value_is_refused_whole(
    read: Callable[[str], object], texts: tuple[str, ...], complaint: str
) -> None:
    for text in texts:
        with pytest.raises(argparse.ArgumentTypeError) as caught:
            read(text)
        assert str(caught.value) == complaint.format(text)


def test_flags_before_and_after_the_subcommand_add_up_and_the_later_wins() -> None:
    namespace = argparse.Namespace()
    for words in (
        ["--context", "a", "--as-group", "g1", "--region", "cn-hangzhou"],
        ["--context", "b", "--as-group", "g2", "--as", "jane", "-v=6"],
    ):
        parser = Parser("kubectl routes", io.StringIO(), 80)
        add_shared(parser)
        parser.parse_args(words, namespace)
    assert collect_options(namespace) == CollectOptions(
        context="b",
        as_user="jane",
        as_groups=("g1", "g2"),
        region="cn-hangzhou",
    )
    assert namespace.verbosity == 6


@pytest.mark.parametrize("word", ["-v--", "--context=--", "--as-group=--"])
def test_two_hyphens_are_no_value(word: str) -> None:
    parser = Parser("p", io.StringIO(), 80)
    add_shared(parser)
    with pytest.raises(UsageError):
        parser.parse_intermixed_args([word])


def test_namespaces_are_taken_and_mean_nothing_unless_a_command_has_its_own() -> None:
    parser = Parser("x", io.StringIO(), 80)
    parser.add_argument("-n", "--namespace", metavar="NAME", help="of the pod")
    add_shared(parser)
    assert parser.parse_args(["-n", "prod", "-A"]).namespace == "prod"
    assert "of the pod" in parser.format_help()
    bare = Parser("x", io.StringIO(), 80)
    add_shared(bare)
    assert collect_options(bare.parse_args(["--namespace=prod", "-A"])) == collect_options(
        bare.parse_args([])
    )
    assert "namespace" not in bare.format_help()
