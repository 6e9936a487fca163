"""The verdict: healthy or not, for whom, and the one command to run."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.checks.verdict import impact
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind
from kubectl_routes.model.finding import Suppression
from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.message import Language
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.snapshot import PART_ENTRIES, Gap, Snapshot
from tests.analyze.cluster import SIX, listing, node, routes
from tests.checks.asking import old, pod, running, taken, with_cluster, without


def verdict(snapshot: Snapshot, *names: str) -> HealthVerdict:
    found = diagnose(snapshot, DiagnoseOptions(nodes=frozenset(names))).verdict
    assert found is not None
    return found


def test_a_healthy_cluster_says_how_many_nodes_have_their_routes() -> None:
    assert verdict(taken()) == HealthVerdict(
        healthy=True, text="all routes are in place: 6 nodes, 2 route tables"
    )


def test_a_node_that_was_excluded_on_purpose_is_fine_and_no_other_that_is_skipped() -> None:
    excluded = replace(SIX[0], labels={"service.alibabacloud.com/exclude-node": "true"})
    virtual = node(7, provider_id="", pod_cidr="", pod_cidrs=(), labels={"type": "virtual-kubelet"})
    leaving = replace(SIX[1], deleting=True)
    assert verdict(taken(nodes=old(excluded, leaving, virtual, *SIX[2:]))).healthy
    for broken in (
        replace(SIX[0], pod_cidr="", pod_cidrs=()),
        replace(SIX[0], provider_id=""),
    ):
        assert not verdict(taken(nodes=old(broken, *SIX[1:]))).healthy
    alone = taken(nodes=old(excluded), entries={"vtb-a": (), "vtb-b": ()})
    assert verdict(alone).text == "no node needs a route"


def test_the_impact_names_nodes_that_nobody_reaches_and_those_that_some_do_not() -> None:
    whole = taken(
        running(text=listing("vtb-a,vtb-b")),
        entries={"vtb-a": routes(*SIX[1:]), "vtb-b": routes(*SIX[2:])},
    )
    found = verdict(whole)
    assert found.impact == (
        "pods on 1 node cannot be reached from the 3 nodes using custom; "
        "pods on 1 node cannot be reached from any other node"
    )
    assert not found.healthy
    assert verdict(whole, "n3") == HealthVerdict(
        healthy=True, text="all routes are in place: 1 node, 2 route tables"
    )
    assert not verdict(whole, "n2").healthy


def test_routes_that_are_off_cut_off_pods_only_where_the_network_plugin_is_known() -> None:
    ccm = running(command=("/ccm", "--configure-cloud-routes=false"))
    off = taken(ccm, entries={"vtb-a": (), "vtb-b": ()})
    assert verdict(with_cluster(off, cni="flannel")).impact
    unknown = verdict(with_cluster(off, cni=""))
    assert (unknown.healthy, unknown.impact) == (False, "")


def test_the_fix_is_a_command_that_changes_something_and_the_only_one() -> None:
    blocked = taken(running(text="{}"), entries={"vtb-a": (), "vtb-b": ()})
    assert verdict(blocked).fix == "kubectl routes enable --tables vtb-a,vtb-b"
    unready = running(pods=(pod(ready=False),), ready=0)
    assert verdict(taken(unready, entries=without(3, "vtb-a"))).fix == ""


def test_what_could_not_be_read_is_no_health() -> None:
    unread = taken(
        entries={"vtb-a": routes(*SIX)}, gaps=(Gap(f"{PART_ENTRIES}vtb-b", "throttled"),)
    )
    assert verdict(unread).text == "not all routes could be read"
    unread_nodes = taken(nodes=(), gaps=(Gap("nodes", "refused"),))
    assert verdict(unread_nodes) == HealthVerdict(healthy=False, text="the nodes could not be read")
    hidden = CloudConfig(ConfigSourceKind.HOST_PATH, path="/etc/x")
    whole = taken(replace(running(), cloud_config=hidden))
    assert verdict(whole).text == "it is not known which route tables CCM manages"


def test_the_verdict_speaks_the_language_that_is_asked_for() -> None:
    whole = taken(entries=without(1, "vtb-a", "vtb-b"))
    options = DiagnoseOptions(language=Language.CHINESE)
    found = diagnose(whole, options)
    assert found.verdict is not None
    assert found.verdict.impact == "其他节点均无法访问 1 个节点上的 Pod"
    healthy = diagnose(taken(), options).verdict
    assert healthy is not None
    assert healthy.text == "所有路由均已就绪：6 个节点，2 张路由表"


def test_senders_are_not_counted_where_it_is_not_known_who_they_are() -> None:
    examined = examine(taken(entries=without(1, "vtb-a")))
    matrix = examined.matrix
    tables = tuple(replace(table, nodes_behind=None) for table in matrix.tables)
    row = next(row for row in matrix.nodes if row.name == "n1")
    unseen = replace(examined, matrix=replace(matrix, tables=tables))
    said = "pods on 1 node cannot be reached from nodes using "
    assert impact(unseen, [row], Language.ENGLISH).startswith(said)
    # A finding answers for its own routes only.
    assert impact(unseen, [row], Language.ENGLISH, {"n1": frozenset({"vtb-b"})}) == ""


def test_a_symptom_goes_with_the_cause_that_accounts_for_all_its_nodes() -> None:
    def symptoms(snapshot: Snapshot, **options: object) -> list[tuple[str, str]]:
        found = diagnose(snapshot, DiagnoseOptions(**options)).findings  # type: ignore[arg-type]
        return [(one.code, one.symptom_of) for one in found]

    fine = tuple(replace(one, network_unavailable=ConditionStatus.FALSE) for one in old(*SIX))
    blocked = taken(running(text="{}"), nodes=fine, entries={"vtb-a": (), "vtb-b": ()})
    assert symptoms(blocked) == [("RT101", ""), ("RT207", "RT101")]
    assert symptoms(blocked, only=frozenset({"RT207"})) == [("RT207", "")]
    known = (Suppression("RT101", "known"),)
    assert symptoms(blocked, suppressions=known) == [("RT207", "")]


def test_nodes_that_use_a_table_that_is_not_listed_reach_no_pod_by_it() -> None:
    whole = taken(running(text=listing("vtb-a")), entries={"vtb-a": routes(*SIX), "vtb-b": ()})
    said = "pods on 6 nodes cannot be reached from the 3 nodes using custom"
    assert verdict(whole).impact == said
