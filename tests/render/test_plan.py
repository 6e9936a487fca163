from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from kubectl_routes.model.plan import Plan
from kubectl_routes.render import changes, plan as render
from kubectl_routes.render.page import Page
from kubectl_routes.render.plan import Target
from tests.render.plans import CANARY, CHECKS, HIDES, MASK, PLANS, TARGET

Compare = Callable[[str, str], None]


@pytest.mark.parametrize("name", PLANS)
def test_page_difference_and_document_show_the_same_difference(name: str) -> None:
    text = changes.diff(PLANS[name], MASK)
    assert text in render.plan_page(PLANS[name], CHECKS, MASK, Page(60), TARGET)
    document = json.loads(render.document(PLANS[name], CHECKS, MASK, TARGET))
    assert "".join(change["diff"] for change in document["changes"]) == text


@pytest.mark.parametrize("name", PLANS)
def test_no_credential_is_shown(name: str) -> None:
    plan = PLANS[name]
    shown = (
        render.plan_page(plan, CHECKS, MASK, Page(), TARGET),
        changes.diff(plan, MASK),
        render.document(plan, CHECKS, MASK, TARGET),
        changes.manifests(plan, MASK, HIDES),
    )
    assert not any(CANARY in text for text in shown)


def objects(plan: Plan) -> list[Any]:
    return [one for one in yaml.safe_load_all(changes.manifests(plan, MASK, HIDES)) if one]


def test_manifests_can_be_applied_as_they_stand() -> None:
    (workload,) = (change.after for change in PLANS["back"].changes if change.after)
    metadata = {key: workload["metadata"][key] for key in ("name", "namespace", "annotations")}
    assert objects(PLANS["back"]) == [{**workload, "metadata": metadata}]


def test_an_object_that_hides_a_credential_can_not_be_applied_as_it_is_shown() -> None:
    assert [one["kind"] for one in objects(PLANS["credentials"])] == ["DaemonSet"]
    assert [one["kind"] for one in objects(PLANS["fresh"])] == ["ConfigMap"]


def test_our_own_records_are_only_named_in_a_difference() -> None:
    text = changes.diff(PLANS["fresh"], MASK)
    assert 'kubectl-routes/undo: "(undo record)"' in text
    assert "writable" not in text
    assert "kubectl-routes/undo" not in changes.manifests(PLANS["fresh"], MASK, HIDES)


def test_the_difference_of_a_plan_without_a_change_is_empty() -> None:
    assert changes.diff(PLANS["nothing"], MASK) == ""
    assert changes.manifests(PLANS["nothing"], MASK, HIDES) == ""


def test_of_a_plan_without_a_change_there_is_preflight_alone() -> None:
    text, whole = (
        render.plan_page(PLANS[name], CHECKS, MASK, Page(60), TARGET)
        for name in ("nothing", "fresh")
    )
    assert whole.startswith(f"{text}\nSteps:\n")


def test_where_a_plan_is_to_be_applied_and_what_it_restarts() -> None:
    assert Target(server="https://10.0.0.1").where == "https://10.0.0.1"
    assert render.restarts(1) == "Restarts 1 CCM pod"
    assert not render.restarts(0)
    quiet = render.plan_page(PLANS["fresh"], (), MASK, Page(), Target("a\x1b", "b"))
    assert quiet.startswith('Plan for context "a\\x1b" (b)\n\nSteps:\n')
    assert "Restarts" not in quiet


def test_a_document_says_how_it_ended() -> None:
    result = render.Result("enabled", 0, "enabled", 18, 18)
    found = json.loads(render.document(PLANS["fresh"], (), MASK, TARGET, result))
    assert (found["context"], found["restarts"]) == ("prod", 3)
    assert found["result"]["wanted"] == 18
