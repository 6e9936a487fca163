"""Every command of the catalog is printed, and so run, in some scenario; or in the test named."""

from __future__ import annotations

import re

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.pages import filled
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import SCENARIO_SPECS
from tests.cli.fixing import all_findings
from tests.cli.test_hints import ROOT, functions

_FIXES, _HINTS = "tests/cli/test_fixes.py", "tests/cli/test_hints.py"
_GAP = f"{_HINTS}::test_a_gap_is_closed_by_what_its_finding_prints"
_SITUATION = f"{_FIXES}::test_what_is_printed_ends_the_situation"
_ON_DELETE = f"{_FIXES}::test_with_on_delete_pods_are_deleted_too"
# By code and step. Where no test runs it, why.
ELSEWHERE = {
    ("RT102", "edit-config"): _SITUATION,
    ("RT102", "restart"): _SITUATION,
    ("RT110", "edit"): "as that of RT111",
    ("RT111", "edit"): _SITUATION,
    ("RT111", "enable"): f"{_FIXES}::test_a_flag_whose_value_is_a_variable_is_replaced_where_it"
    "_is_written",
    ("RT112", ""): _SITUATION,
    ("RT112", "no-pod"): _SITUATION,
    (
        "RT112",
        "no-vpc",
    ): "tests/checks/cases/controller.yaml: a CCM that does not find its VPC is explained",
    ("RT112", "leaderless"): "the simulated CCM holds no lease",
    ("RT113", "patch"): "no release among the targets answers its health check elsewhere",
    ("RT114", "edit"): _SITUATION,
    ("RT115", ""): _ON_DELETE,
    ("RT115", "rolling"): "a rollout that ends while it is looked at",
    ("RT116", "edit-config"): _SITUATION,
    ("RT116", "restart"): _SITUATION,
    ("RT117", "edit"): "as that of RT114",
    ("RT118", "edit"): _SITUATION,
    ("RT120", ""): _SITUATION,
    ("RT201", "other"): _SITUATION,
    ("RT206", "taint"): _SITUATION,
    ("RT301", "unseen"): f"{_HINTS}::test_what_shows_something_shows_it",
    ("RT304", "unseen"): f"{_HINTS}::test_what_shows_something_shows_it",
    ("RT402", ""): "it only shows the table, which the VPC is creating",
    ("RT901", ""): _GAP,
    ("RT901", "vpc-id"): _GAP,
    ("RT901", "region"): _GAP,
    ("RT901", "slow"): _GAP,
    ("RT902", ""): _GAP,
    ("RT902", "credentials"): _GAP,
    ("RT902", "key"): "it shows which AccessKey is configured",
    ("RT902", "vpc-id"): _GAP,
    ("RT902", "region"): _GAP,
    ("RT902", "slow"): _GAP,
    ("RT904", ""): "explain alone shows it",
}


def unreached() -> set[tuple[str, str]]:
    """The first step of every template that no scenario makes diagnose print."""
    left = {
        (code, template): step
        for code, entry in all_codes().items()
        for step, templates in reversed(entry.commands.items())
        for template in templates
    }
    for scenario in SCENARIO_SPECS:
        if scenario == "large":
            continue
        with SimulatedCluster(scenario) as cluster:
            printed = [(one.code, each) for one in all_findings(cluster) for each in one.commands]
        for code, template in tuple(left):
            form = re.escape(filled(template, {})).replace("\\-", "-")
            form = re.sub(r"<[a-z-]+>", ".+", form)
            if any(code == one and re.fullmatch(form, each, re.S) for one, each in printed):
                del left[code, template]
    return {(code, step) for (code, _), step in left.items()}


def test_every_command_of_the_catalog_is_reached() -> None:
    # The deletion of pods is the same for all codes.
    left = {(code, step) for code, step in unreached() if step != "delete-pods"}
    assert left == set(ELSEWHERE)


def test_the_tests_that_reach_them_exist() -> None:
    named = [one.split("::") for one in ELSEWHERE.values() if "::" in one]
    assert [one for one in named if one[1] not in functions(ROOT / one[0])] == []
