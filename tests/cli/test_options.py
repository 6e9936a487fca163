from __future__ import annotations

import argparse
import io

import pytest

from kubectl_routes.cli.options import add_shared, duration, level, node_name, table_ids
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import collect_options
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("30", 30.0),
        ("30s", 30.0),
        ("1m", 60.0),
        ("1m30s", 90.0),
        ("1.5h", 5400.0),
        ("500ms", 0.5),
    ],
)
def test_durations_are_read_as_kubectl_reads_them(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "-1", "30x", "s", "1m 30s", "1m30", "٣"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        duration(text)


def test_a_verbosity_is_a_whole_number() -> None:
    assert level("8") == 8
    with pytest.raises(argparse.ArgumentTypeError):
        level("many")


def test_blanks_around_table_ids_do_not_matter_here() -> None:
    assert table_ids("vtb-a, vtb-b") == ["vtb-a", "vtb-b"]
    assert table_ids(" vtb-bp145q7glnuzdvzu21pwh ") == ["vtb-bp145q7glnuzdvzu21pwh"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty item in the list ''"),
        ("vtb-a,", "empty item in the list 'vtb-a,'"),
        ("vtb-a, ,vtb-b", "empty item in the list 'vtb-a, ,vtb-b'"),
        (
            "vtb-a vtb-b",
            "'vtb-a vtb-b' is not the id of a route table (vtb- and letters, digits, hyphens)",
        ),
        ("VTB-A", "'VTB-A' is not the id of a route table (vtb- and letters, digits, hyphens)"),
    ],
)
def test_a_malformed_list_is_refused_whole(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        table_ids(text)
    assert str(caught.value) == message


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


@pytest.mark.parametrize("text", ["25h", "99999999999s", "9" * 5000, "9" * 5000 + "h"])
def test_nobody_waits_for_days(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is longer than 24h"):
        duration(text)


@pytest.mark.parametrize("text", ["-1", "x", "9" * 5000])
def test_what_is_no_verbosity_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        level(text)


@pytest.mark.parametrize("word", ["-v--", "--context=--", "--as-group=--"])
def test_two_hyphens_are_no_value(word: str) -> None:
    parser = Parser("p", io.StringIO(), 80)
    add_shared(parser)
    with pytest.raises(UsageError):
        parser.parse_intermixed_args([word])


def test_names_are_taken_as_o_name_writes_them() -> None:
    assert [node_name(text) for text in ("n1", "node/n1", "nodes/n1", "no/n1")] == ["n1"] * 4
    assert table_ids("routetable/vtb-a, vtb-b") == ["vtb-a", "vtb-b"]
    for text in ("pod/n1", "node/", "/n1"):
        with pytest.raises(argparse.ArgumentTypeError):
            node_name(text)


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
