from __future__ import annotations

import pytest

from kubectl_routes.ccm.flags import parse, seconds
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag

V1, V2 = (behavior_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.11.2"))


def test_both_spellings_and_the_last_value_counts() -> None:
    settings = parse(
        ("/ccm", "--cluster-cidr", "10.0.0.0/8", "-v", "5", "--cluster-cidr=172.16.0.0/16", "--"),
        V2,
    )
    assert settings.cluster_cidr == "172.16.0.0/16"
    assert settings.values == {"cluster-cidr": "172.16.0.0/16"}


def test_boolean_flag_takes_no_separate_value() -> None:
    settings = parse(("--configure-cloud-routes", "false", "--allow-untagged-cloud"), V1)
    assert settings.routes_on
    assert settings.untagged_allowed


def test_switch_that_nobody_knows_does_not_swallow_the_flag_behind_it() -> None:
    settings = parse(("--novelty", "--cluster-cidr", "10.0.0.0/8", "--more"), V2)
    assert settings.values == {"novelty": "true", "cluster-cidr": "10.0.0.0/8", "more": "true"}


def test_flag_at_the_end_without_value_reads_true() -> None:
    assert parse(("--novelty",), V2).values == {"novelty": "true"}


@pytest.mark.parametrize(("words", "value"), [((), ""), (("--v=5",), "--v=5")])
def test_cloud_config_takes_the_next_word_whatever_it_is(
    words: tuple[str, ...], value: str
) -> None:
    assert parse(("--cloud-config", *words), V2).values == {"cloud-config": value}


@pytest.mark.parametrize(
    ("flag", "on"),
    [
        ("--configure-cloud-routes=false", False),
        ("--configure-cloud-routes=0", False),
        ("--configure-cloud-routes=true", True),
        ("--controllers=node,service", False),
        ("--controllers=node,route,service", True),
        ("--controllers=*", True),
        ("--controllers=*,-route", False),
    ],
)
def test_what_switches_routes_off(flag: str, on: bool) -> None:
    assert parse((flag,), V2).routes_on is on


@pytest.mark.parametrize(
    ("flag", "v1", "v2"),
    [
        ("--v=5", 10, 300),
        ("--route-reconciliation-period=3m", 180, 180),
        ("--route-reconciliation-period=10s", 10, 60),
        ("--route-reconciliation-period=100ms", 1, 60),
        ("--route-reconciliation-period=soon", 10, 300),
    ],
)
def test_period_with_its_default_and_its_floor(flag: str, v1: int, v2: int) -> None:
    assert (parse((flag,), V1).period, parse((flag,), V2).period) == (v1, v2)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1h30m", 5400.0), ("1.5s", 1.5), ("0", 0.0), ("", None), ("5", None), ("5 m", None)],
)
def test_go_durations(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_flags_in_the_text_of_a_shell() -> None:
    text = "exec /cloud-controller-manager --cloud-provider=alicloud '--cluster-cidr=10.0.0.0/8'"
    settings = parse(("sh", "-c", text), V1)
    assert settings.values == {"cloud-provider": "alicloud", "cluster-cidr": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("text", "cidr"),
    [
        ("/ccm \\\n  --cluster-cidr=10.0.0.0/8 \\\n--v=2", "10.0.0.0/8"),
        ("/ccm --cluster-cidr '10.0.0.0/8' 2>&1 | tee log", "10.0.0.0/8"),
        ("/ccm --cluster-cidr=10.0.0.0/8 --network='", "10.0.0.0/8"),
    ],
)
def test_a_shell_reads_lines_and_quotations(text: str, cidr: str) -> None:
    assert parse(("sh", "-c", text), V1).cluster_cidr == cidr


def test_blanks_and_quotes_in_an_argument_of_its_own_belong_to_it() -> None:
    settings = parse(("--kubeconfig", "/etc/my config", "--network='vpc'"), V2)
    assert settings.values == {"kubeconfig": "/etc/my config", "network": "'vpc'"}


@pytest.mark.parametrize("unexpanded", [None, ("CIDR", "ON")])
def test_a_flag_with_a_variable_that_cannot_be_read_is_neither_given_nor_missing(
    unexpanded: tuple[str, ...] | None,
) -> None:
    words = ("/ccm", "--cluster-cidr=$(CIDR)", "--configure-cloud-routes=$(ON)", "--v=5")
    settings = parse(words, V2, unexpanded)
    assert (settings.values, settings.cluster_cidr) == ({"v": "5"}, "")
    assert (settings.unknown, settings.complete) == (
        frozenset({"cluster-cidr", "configure-cloud-routes"}),
        True,
    )
    assert not settings.lacks("cluster-cidr")
    assert settings.lacks("cloud-provider")
    assert not settings.routes_known


def test_a_variable_that_there_is_not_stays_as_it_stands() -> None:
    settings = parse(("--cluster-cidr=$(NONE)",), V2, ())
    assert (settings.cluster_cidr, settings.unknown) == ("$(NONE)", frozenset())


def test_the_last_value_counts_whether_it_is_known_or_not() -> None:
    settings = parse(("--cluster-cidr=$(CIDR)", "--cluster-cidr=10.0.0.0/8"), V2, ("CIDR",))
    assert (settings.cluster_cidr, settings.unknown) == ("10.0.0.0/8", frozenset())


@pytest.mark.parametrize(
    ("words", "complete"),
    [
        (("sh", "-c", "/ccm $FLAGS"), False),
        (("sh", "-c", "exec $CCM --v=5"), True),
        (("$(CCM)", "--v=5"), True),
        (("/ccm", "$(MORE)"), False),
    ],
)
def test_a_variable_behind_the_program_may_be_any_flag(
    words: tuple[str, ...], complete: bool
) -> None:
    assert parse(words, V2, ("CCM", "MORE")).complete is complete


def test_a_word_that_is_a_variable_may_be_any_flag() -> None:
    settings = parse(("/ccm", "--v=5", "$(MORE)"), V2, ("MORE",))
    assert not settings.complete
    assert not settings.lacks("cluster-cidr")
    assert not settings.routes_known


def test_what_a_shell_expands_is_not_known() -> None:
    settings = parse(("sh", "-c", "exec /ccm --cluster-cidr=$CIDR --v=5"), V2, ())
    assert (settings.unknown, settings.values) == (frozenset({"cluster-cidr"}), {"v": "5"})
