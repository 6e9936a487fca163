"""What is the same in every language about the finding codes. A code is never used again.

Commands are templates; ``{tables}`` and the like are filled in by a finding, see checks/case.py.
"""

from __future__ import annotations

from kubectl_routes.model.catalogue import Code
from kubectl_routes.model.finding import Severity

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

TABLES = "tables"
CONTROLLER = "controller"
OPERATION = "operation"
NODES = "nodes"
ENTRIES = "entries"
VPC = "vpc"
TOOL = "tool"
THEMES = (TABLES, CONTROLLER, OPERATION, NODES, ENTRIES, VPC, TOOL)

_ACK = (
    "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/"
    "configure-multiple-route-tables-for-a-vpc"
)
_FLANNEL = (
    "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/"
    "work-with-flannel"
)
_TABLES_PAGE = "https://www.alibabacloud.com/help/en/vpc/route-table-overview"
_API = "https://www.alibabacloud.com/help/en/vpc/developer-reference/api-vpc-2016-04-28-"
_SOURCE = "https://github.com/kubernetes/cloud-provider-alibaba-cloud"
_DAEMON_SET = "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/"

_ENABLE = ("kubectl routes enable --tables {tables}",)
_RESTART = ("kubectl -n {namespace} rollout restart {workload}",)
_EDIT = ("kubectl -n {namespace} edit {workload}",)
_DELETE_PODS = ("kubectl -n {namespace} delete pod {pod}",)
_LOOK = (
    "kubectl -n {namespace} describe pod {pod}",
    "kubectl -n {namespace} logs {pod} -c {container} --previous --tail=20",
)
_DELETE_ENTRY = ("aliyun vpc DeleteRouteEntry --RegionId {region} --RouteEntryId {entry}",)
_DELETE_BY_CIDR = (
    "aliyun vpc DeleteRouteEntry --RegionId {region} --RouteTableId {table}"
    " --DestinationCidrBlock {cidr} --NextHopId {hop}",
)
_POLICY = (
    "aliyun ram CreatePolicy --PolicyName ccm-routes --PolicyDocument {policy}",
    "aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName ccm-routes"
    " --RoleName ROLE_OF_THE_MASTERS",
)
_READ_POLICY = (
    "aliyun ram CreatePolicy --PolicyName kubectl-routes-read --PolicyDocument {policy}",
)
_SET_IMAGE = ("kubectl -n {namespace} set image {workload} {container}={target}",)
_CLEAR_CONDITION = (
    "kubectl patch node {node} --subresource=status -p"
    ' \'{{"status":{{"conditions":[{{"type":"NetworkUnavailable","status":"False",'
    '"reason":"RouteCreated","message":"set by hand"}}]}}}}\'',
)
_DESCRIBE_NODE = ("kubectl describe node {node}",)
_NODES_WIDE = (
    "kubectl get nodes -o custom-columns="
    "NAME:.metadata.name,PODCIDR:.spec.podCIDR,PROVIDERID:.spec.providerID",
)
_REJOIN = (
    "kubectl drain {node} --ignore-daemonsets --delete-emptydir-data",
    "kubectl delete node {node}",
)
_WATCH = ("kubectl routes status -w",)

_ALL = (
    Code("RT101", TABLES, ERROR, _ACK, {"": _ENABLE, "none": ()}),
    Code("RT102", CONTROLLER, ERROR, _ACK, {"": _ENABLE}),
    Code("RT103", TABLES, ERROR, _ACK, {"": _ENABLE}),
    Code("RT104", TABLES, ERROR, _API + "describeroutetablelist", {"": _ENABLE}),
    Code("RT105", TABLES, ERROR, _API + "createrouteentry", {"": _ENABLE}),
    Code("RT106", TABLES, ERROR, _API + "describeroutetablelist", {"": _ENABLE}),
    Code("RT107", TABLES, ERROR, _ACK, {"": _ENABLE}),
    Code("RT108", TABLES, ERROR, _ACK, {"": _ENABLE}),
    Code("RT109", CONTROLLER, ERROR, _ACK, {"": _RESTART, "manual": _DELETE_PODS}),
    Code("RT110", CONTROLLER, ERROR, _ACK, {"": _ENABLE}),
    Code("RT111", CONTROLLER, ERROR, _FLANNEL, {"": _EDIT, "unknown": ()}),
    Code(
        "RT112",
        CONTROLLER,
        ERROR,
        _SOURCE,
        {
            "": _LOOK,
            "absent": ("kubectl -n {namespace} get daemonsets,deployments",),
            "unknown-flag": _EDIT,
            "bad-flag": _EDIT,
            "untagged": _EDIT,
            "no-pod": _EDIT,
            "leaderless": ("kubectl -n {namespace} get leases ccm cloud-controller-manager",),
        },
    ),
    Code(
        "RT113",
        CONTROLLER,
        ERROR,
        _SOURCE + "/releases",
        {"": _SET_IMAGE, "old": _ENABLE, "same-cidr": (), "unmarked": ()},
    ),
    Code("RT114", OPERATION, ERROR, _FLANNEL, {"": _EDIT}),
    Code(
        "RT115",
        CONTROLLER,
        ERROR,
        _DAEMON_SET,
        {"": _DELETE_PODS, "rolling": ("kubectl -n {namespace} rollout status {workload}",)},
    ),
    Code("RT116", OPERATION, ERROR, _API + "createrouteentries", {"": _POLICY}),
    Code("RT117", OPERATION, WARNING, _SOURCE, {"": _EDIT}),
    Code(
        "RT118",
        OPERATION,
        WARNING,
        _SOURCE + "/issues/176",
        {"": _EDIT, "condition": _CLEAR_CONDITION},
    ),
    Code("RT119", CONTROLLER, INFO, _SOURCE, {}),
    Code("RT201", NODES, ERROR, _SOURCE + "/issues/329", {"": _NODES_WIDE, "young": ()}),
    Code("RT202", NODES, ERROR, _SOURCE, {"": _NODES_WIDE, "young": ()}),
    Code("RT203", NODES, ERROR, _SOURCE + "/issues/298", {"": _REJOIN, "repeats": ()}),
    Code(
        "RT204",
        NODES,
        INFO,
        _SOURCE,
        {"label": ("kubectl label node {node} {label}-",), "": ()},
    ),
    Code("RT205", NODES, WARNING, _SOURCE, {"": _DESCRIBE_NODE}),
    Code(
        "RT206",
        NODES,
        ERROR,
        _SOURCE + "/issues/121",
        {
            "": _CLEAR_CONDITION,
            "taint": ("kubectl taint nodes {node} node.kubernetes.io/network-unavailable-",),
        },
    ),
    Code("RT207", NODES, INFO, _SOURCE, {"": ("kubectl routes status --problems",)}),
    Code("RT208", NODES, ERROR, _API + "createrouteentry", {"": _REJOIN}),
    Code(
        "RT209",
        NODES,
        WARNING,
        _API + "describevswitches",
        {"": ("aliyun vpc DescribeVSwitches --RegionId {region} --VpcId {vpc}",)},
    ),
    Code(
        "RT301",
        ENTRIES,
        ERROR,
        _SOURCE,
        {
            "": ("kubectl -n {namespace} logs {pod} -c {container} --since=15m",),
            "unseen": _WATCH,
            "unsure": _WATCH,
            "coming": _WATCH,
        },
    ),
    Code(
        "RT302",
        ENTRIES,
        ERROR,
        _API + "deleterouteentry",
        {"": _DELETE_ENTRY, "unseen": _WATCH, "healing": _WATCH},
    ),
    Code("RT303", ENTRIES, WARNING, _API + "describerouteentrylist", {"": _WATCH}),
    Code(
        "RT304",
        ENTRIES,
        ERROR,
        _API + "deleterouteentry",
        {"": _DELETE_ENTRY, "unseen": _WATCH, "healing": _WATCH},
    ),
    Code("RT305", ENTRIES, ERROR, _API + "deleterouteentry", {"": _DELETE_ENTRY}),
    Code("RT306", ENTRIES, WARNING, _API + "deleterouteentry", {"": _DELETE_BY_CIDR}),
    Code("RT307", ENTRIES, WARNING, _FLANNEL, {}),
    Code(
        "RT308",
        ENTRIES,
        ERROR,
        _API + "describerouteentrylist",
        {"": ("aliyun vpc DescribeRouteEntryList --RegionId {region} --RouteTableId {table}",)},
    ),
    Code(
        "RT401",
        VPC,
        ERROR,
        _TABLES_PAGE,
        {
            "": (
                "aliyun quotas CreateQuotaApplication --ProductCode vpc"
                " --QuotaActionCode vpc_quota_route_entrys_num --DesireValue {wanted}"
                " --Reason 'one route entry for each Kubernetes node'",
            )
        },
    ),
    Code(
        "RT402",
        VPC,
        ERROR,
        _API + "describeroutetablelist",
        {
            "": (
                "aliyun vpc DescribeRouteTableList --RegionId {region} --VpcId {vpc}"
                " --RouteTableId {table}",
            )
        },
    ),
    Code("RT403", VPC, WARNING, _SOURCE, {}),
    Code(
        "RT901",
        TOOL,
        WARNING,
        "",
        {"": ("kubectl apply -f deploy/clusterrole-read.yaml",)},
    ),
    Code("RT902", TOOL, WARNING, "", {"": _READ_POLICY}),
    Code("RT903", TOOL, INFO, _ACK, {}),
    Code(
        "RT904",
        TOOL,
        ERROR,
        "",
        {"": ("kubectl auth can-i {verb} {resource} -n {namespace}",)},
        preflight=True,
    ),
)

CODES = {one.code: one for one in _ALL}
