"""Literal diagnoses that the renderer tests share."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.catalog.pages import link, page
from kubectl_routes.model.finding import (
    CausedSymptom,
    CheckResult,
    Diagnosis,
    Finding,
    ObjectRef,
    Outcome,
    Severity,
    Suppression,
)
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import Gap
from tests.render.examples import CLUSTER

ENGLISH, CHINESE = Language.ENGLISH, Language.CHINESE
TABLE = "vtb-bp1custom00000000prod1"
CONFIG = ObjectRef("ConfigMap", "kube-system/cloud-config")

BLANK = Finding(
    code="RT103",
    severity=Severity.ERROR,
    title="routeTableIDs is malformed",
    objects=(CONFIG,),
    evidence=(
        f'routeTableIDs in ConfigMap kube-system/cloud-config is "vtb-a,  {TABLE}"',
        "no entry for 10.240.1.0/26 of node worker\x1b[31m-1 in vtb-a",
    ),
    cause=f'"  {TABLE}" is not the id of a route table, and so on until the end of the line.',
    remedy="Rewrite the list.",
    commands=(f"kubectl routes enable --tables vtb-a,{TABLE}",),
    causes=(CausedSymptom("RT301", 38), CausedSymptom("RT302", 1)),
    nodes=("worker-1",),
    impact="pods on 1 node cannot be reached from any other node",
    link=link("RT103", ENGLISH),
)
ORPHANS = Finding(
    code="RT306",
    severity=Severity.WARNING,
    title="orphaned entries",
    objects=tuple(ObjectRef("RouteEntry", f"{TABLE}/10.241.{n}.0/26") for n in range(7)),
    cause="7 entries lead to instances outside this cluster.",
    remedy="Make sure that no other cluster uses them, then delete them.",
    commands=tuple(f"aliyun vpc DeleteRouteEntry --RouteEntryId rte-{n}" for n in range(7)),
)
OUT_OF_SIGHT = Finding(
    code="RT903",
    severity=Severity.INFO,
    title="managed cluster: CCM is not visible",
    evidence=("no CCM workload in any namespace, and no master node",),
    cause="CCM is judged from outside only.",
    remedy="No action required.",
)
KNOWN = Suppression("RT306", "they are the test cluster's", "RouteEntry/*", "2030-12-31")
FOR_EVER = Suppression("RT903", "we know that")
EXPIRED = Suppression("RT301", "was due", expires="2026-01-01")


def result(code: str, outcome: Outcome = Outcome.PASSED, *lacking: str) -> CheckResult:
    one = page(code, ENGLISH)
    return CheckResult(code, one.code.theme, one.title, outcome, lacking)


FOUND, UNKNOWN, SKIPPED = Outcome.FOUND, Outcome.UNKNOWN, Outcome.SKIPPED
RESULTS = (
    result("RT101"),
    result("RT103", FOUND),
    result("RT111", UNKNOWN, "controller"),
    result("RT113", UNKNOWN),
    result("RT116", SKIPPED),
    result("RT117", SKIPPED),
    result("RT201"),
    result("RT306", FOUND),
    result("RT308"),
    result("RT403", UNKNOWN, "entries/", "cluster-cidr"),
    result("RT903", FOUND),
)
EVERYTHING = Diagnosis(
    cluster=CLUSTER,
    controller="DaemonSet v2.14.0 3/3",
    language=ENGLISH,
    findings=(BLANK, ORPHANS, OUT_OF_SIGHT),
    results=RESULTS,
    gaps=(Gap(f"entries/{TABLE}", "Forbidden.RAM (request 7F0A)", "allow it"),),
    suppressed=((ORPHANS, KNOWN), (OUT_OF_SIGHT, FOR_EVER)),
    expired=(EXPIRED,),
)
CLEAN = Diagnosis(
    cluster=CLUSTER,
    controller="DaemonSet v2.14.0 3/3",
    language=ENGLISH,
    findings=(),
    results=(result("RT101"), result("RT103"), result("RT201")),
    gaps=(),
)
SYMPTOM = replace(
    OUT_OF_SIGHT,
    code="RT207",
    title="NetworkUnavailable=False although a route is missing",
    cause="9 nodes look fine to Kubernetes.",
    symptom_of="RT103",
)
ONE_NOTE = replace(
    CLEAN, findings=(OUT_OF_SIGHT,), results=(result("RT101"), result("RT903", FOUND))
)
EVERYTHING_IN_CHINESE = replace(
    EVERYTHING,
    language=CHINESE,
    findings=(
        replace(
            BLANK,
            title="routeTableIDs 格式有误",
            cause=f"“  {TABLE}” 不是路由表 ID。从 v2.11 起，CCM 在写入新节点的路由之前要先列出"
            "所有路由表：只要有一张表无法列出，所有表都不会写入，"
            "只有周期性同步（每 5m 一次）还会处理正常的路由表。",
            evidence=("ConfigMap kube-system/cloud-config 中的 routeTableIDs 为“vtb-a,  vtb-b”",),
            remedy="重新写入列表；enable 会逐一核对表 ID 是否属于该 VPC，并重启 CCM。",
        ),
        replace(ORPHANS, title="残留的路由条目", cause="有 7 条路由条目的下一跳不是本集群的节点。"),
    ),
)
DIAGNOSES = {
    "everything": EVERYTHING,
    "clean": CLEAN,
    "note": ONE_NOTE,
    "chinese": EVERYTHING_IN_CHINESE,
}
