"""RT901 to RT903: what could not be read."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind
from kubectl_routes.model.message import Language, message
from kubectl_routes.model.snapshot import Gap
from tests.checks.asking import FULL, codes, found, managed, running, taken, told


def test_what_the_answer_depends_on_is_a_warning() -> None:
    gaps = (Gap("cloud-config", "forbidden", "allow it"), Gap("nodes", "403"))
    assert told(taken(gaps=gaps), "RT901") == [
        (
            "warning",
            "Could not read cloud-config, nodes: the result is incomplete.",
            ["Part cloud-config", "Part nodes"],
        )
    ]
    assert found(taken(gaps=gaps), "RT901")[0].evidence == (
        "cloud-config: forbidden allow it",
        "nodes: 403",
    )


def test_the_reason_is_told_in_the_language_of_the_run() -> None:
    gap = Gap("nodes", message("{count} next hops", count=2), message("no podCIDR"))
    (finding,) = found(taken(gaps=(gap,)), "RT901", Language.CHINESE)
    assert finding.evidence == ("节点：2 个下一跳 没有 podCIDR",)


def test_evidence_that_is_missing_is_an_aside() -> None:
    gaps = (Gap("controller-logs", "forbidden"), Gap("events", "forbidden"))
    assert codes(taken(gaps=gaps)) == {"info": ["RT901"]}
    assert told(taken(gaps=gaps), "RT901")[0][1] == (
        "Could not read controller-logs, events: there is less evidence, but the result is"
        " complete."
    )


def test_a_part_of_the_vpc() -> None:
    gaps = (Gap("entries/vtb-b", "Forbidden.RAM"), Gap("vswitches", "Forbidden.RAM"))
    whole = taken(entries={"vtb-a": FULL["vtb-a"]}, v_switches=(), gaps=gaps)
    (finding,) = found(whole, "RT902")
    assert finding.cause == "Could not read entries/vtb-b, vswitches: the result is incomplete."
    assert '"vpc:DescribeRouteEntryList"' in finding.commands[0]
    assert found(whole, "RT901") == []


def test_a_managed_cluster_is_judged_from_outside() -> None:
    assert codes(taken(managed())) == {"info": ["RT903"]}
    assert found(taken(), "RT903") == []


SIGNED = "DescribeRouteTableList failed: SignatureDoesNotMatch (RequestId 1)"
DENIED = "DescribeRouteTableList failed: Forbidden.RAM: User not authorized"


@pytest.mark.parametrize(
    ("code", "gaps", "command"),
    [
        ("RT902", (Gap("route-tables", DENIED),), "aliyun ram CreatePolicy"),
        ("RT902", (Gap("route-tables", SIGNED),), "aliyun configure list"),
        ("RT902", (Gap("vpc", "InvalidSecurityToken.Expired"),), "aliyun configure"),
        ("RT902", (Gap("vpc", "InvalidVpcId.NotFound"),), "kubectl routes diagnose --vpc-id"),
        ("RT902", (Gap("vpc", "Throttling.User"),), "kubectl routes diagnose --request-timeout"),
        (
            "RT902",
            (Gap("credentials", "none is set"), Gap("vpc", "not asked without credentials")),
            "aliyun configure",
        ),
        ("RT902", (Gap("vpc", "a proxy is in the way"),), ""),
        (
            "RT901",
            (Gap("nodes", "cannot list nodes: 403 Forbidden"),),
            "kubectl routes permissions --rbac --for read | kubectl apply -f -",
        ),
        ("RT901", (Gap("nodes", "no answer within 60 s"),), "kubectl routes diagnose --request"),
        ("RT901", (Gap("nodes", "sent truncated JSON"),), ""),
        ("RT901", (Gap("vpc-id", "none"),), "kubectl routes diagnose --vpc-id <vpc-id>"),
        ("RT901", (Gap("region", "none"),), "kubectl routes diagnose --region <region-id>"),
        (
            "RT901",
            (Gap("events", "403"),),
            "kubectl routes permissions --rbac --for read | kubectl apply",
        ),
        ("RT901", (Gap("events", "there are more than 500"),), ""),
    ],
)
def test_each_reason_has_its_own_fix(code: str, gaps: tuple[Gap, ...], command: str) -> None:
    (finding,) = found(taken(gaps=gaps), code)
    assert (finding.commands or ("",))[-1].startswith(command)
    assert bool(finding.commands) == bool(command)


@pytest.mark.parametrize("source", [ConfigSourceKind.SECRET, ConfigSourceKind.HOST_PATH])
def test_a_cloud_config_in_no_configmap_is_no_matter_of_rights(
    source: ConfigSourceKind,
) -> None:
    ccm = replace(running(), cloud_config=CloudConfig(source, path="/etc/c", name="x"))
    (finding,) = found(taken(ccm, gaps=(Gap("cloud-config", "it is not read"),)), "RT901")
    assert (finding.commands, "Compare routeTableIDs" in finding.remedy) == ((), True)
