"""The RAM policy for CCM's own role: enough for every version, and nothing in it is unused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubectl_routes.checks.operation import ROUTE_ACTIONS
from kubectl_routes_simulator.identity import Policy, read_policy
from kubectl_routes_simulator.route_table import NextHop
from tests.simulator.ccm_stage import V0, Stage

DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "deploy" / "ram-policy-ccm.json").read_text(encoding="utf-8")
)
ACTIONS: list[str] = DOCUMENT["Statement"][0]["Action"]
# Polls; polls and cleans up; single calls; batches.
RELEASES = (V0, "v1.9.3.380-gd6d0962-aliyun", "v2.4.0", "v2.14.0")


def policy(actions: list[str]) -> Policy:
    statement = {**DOCUMENT["Statement"][0], "Action": actions}
    return read_policy(json.dumps({**DOCUMENT, "Statement": [statement]}))


def outcome(tag: str, listed: str | None, rights: Policy | None) -> list[dict[str, str]]:
    """The tables after nodes came, and after one left and a wrong entry was created."""
    old = ("--cloud-provider=alicloud", "--allow-untagged-cloud=true")
    names = "ab" if listed else "a"
    flags = old if tag.startswith("v1") else ()
    stage = Stage(tag, listed, tables=names, policy=rights, flags=flags)
    stage.run("e")
    seen = [stage.routes(name) for name in names]
    stage.work("p")
    stage.leave(5)
    stage.work("e")
    stage.vpc.add_instance("i-stranger", "vpc-1")
    table = stage.vpc.table("a")
    entry = table.at_cidr("172.20.1.0/24")
    if entry is not None:
        table.remove(entry)
    stage.vpc.plant("a", "172.20.1.0/24", NextHop("i-stranger", "Instance", "cn-hangzhou"))
    stage.join(6)
    stage.work()
    return seen + [stage.routes(name) for name in names]


CASES = [(tag, listed) for tag in RELEASES for listed in ("a,b", None)]


@pytest.mark.parametrize(("tag", "listed"), CASES)
def test_policy_is_enough(tag: str, listed: str | None) -> None:
    assert outcome(tag, listed, policy(ACTIONS)) == outcome(tag, listed, None)


@pytest.mark.parametrize("missing", ACTIONS)
def test_every_action_is_needed_by_some_release(missing: str) -> None:
    less = policy([action for action in ACTIONS if action != missing])
    assert any(outcome(*case, less) != outcome(*case, None) for case in CASES)


def test_policy_that_diagnose_prints_is_this_one() -> None:
    assert set(ROUTE_ACTIONS) == set(ACTIONS)
