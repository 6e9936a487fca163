"""A repair as text and as a document."""

from __future__ import annotations

from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.plan import Check, Verdict
from kubectl_routes.model.repair import Advice, RepairPlan, RepairStep
from kubectl_routes.render import documents
from kubectl_routes.render.page import Page
from kubectl_routes.render.plan import Result, Target, plan_page, repair_document
from tests.schemas import faults

STEPS = (
    RepairStep("RT306", ObjectRef("RouteEntry", "vtb-1/10.0.0.0/24"), "next hop i-1", "deleted"),
    RepairStep("RT109", ObjectRef("DaemonSet", "kube-system/ccm"), "", "new pods"),
)
ADVICE = (
    Advice("RT401", Severity.ERROR, "the table is full", "Ask for more.", ("aliyun quotas",)),
    Advice("RT306", Severity.WARNING, "vtb-1/10.0.1.0/24 stays", ""),
)
PLAN = RepairPlan(
    (),
    (),
    tuple(step.text for step in STEPS),
    None,
    None,
    "ccm:v2",
    ("a record",),
    repairs=STEPS,
    advice=ADVICE,
)
PAGE = Page(width=80, colour=False, unicode=True)
TARGET = Target("prod", "https://api", 3)


def test_the_page_has_steps_notes_and_what_is_left() -> None:
    assert plan_page(PLAN, (), dict, PAGE, TARGET) == (
        'Plan for context "prod" (https://api)\n'
        "\n"
        "Steps:\n"
        "  1. RT306 RouteEntry vtb-1/10.0.0.0/24: next hop i-1 -> deleted\n"
        "  2. RT109 DaemonSet kube-system/ccm: new pods\n"
        "Restarts 3 CCM pods.\n"
        "\n"
        "! a record\n"
        "\n"
        "Not repaired:\n"
        "! RT401 the table is full\n"
        "  Ask for more.\n"
        "  $ aliyun quotas\n"
        "! RT306 vtb-1/10.0.1.0/24 stays\n"
    )


def test_preflight_comes_first_and_nothing_left_says_nothing() -> None:
    plan = RepairPlan((), (), ("RT109 x: y",), None, None, "ccm:v2")
    passed = (Check("RT904", "may", Verdict.PASSED),)
    text = plan_page(plan, passed, dict, PAGE, Target())
    assert "Preflight:\n✓ 1 check passed\n\nSteps:\n" in text
    assert "Not repaired:" not in text


def test_the_document_is_as_its_schema_says() -> None:
    result = Result("repaired", 0, "repaired: 2 steps done", 18, 18)
    made = repair_document(PLAN, (), dict, TARGET, record="r.json", result=result)
    assert faults(documents.json(made)) == []
