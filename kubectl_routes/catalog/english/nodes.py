"""What is wrong with single nodes."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT201": Prose(
        title="nodes without podCIDR",
        why=(
            "kube-controller-manager gives each node a part of the pod range, if it runs with"
            " --allocate-node-cidrs=true and the range is not used up. Without it there is nothing"
            " to write a route for. IPv6 ranges are never routed by CCM."
        ),
        causes={
            "": "{count:node has|nodes have} no IPv4 podCIDR: CCM writes no route there.",
            "young": "{count:node has|nodes have} just joined without a podCIDR so far.",
        },
        evidence={"podcidr": 'node {node} has podCIDR "{cidr}"'},
        remedies={
            "": "Check --allocate-node-cidrs, --cluster-cidr and --node-cidr-mask-size of"
            " kube-controller-manager.",
            "young": "Wait a moment and look again.",
        },
    ),
    "RT202": Prose(
        title="the providerID names no instance",
        why=(
            "CCM takes the ECS instance of a route from spec.providerID, region.instance-id."
            " Without it the node is passed over in silence; malformed, it is tried in vain for"
            " ever. v1 looks for the instance in the region that the providerID names."
        ),
        causes={
            "": "{count:node has|nodes have} a providerID that is empty or names no instance"
            " in {region}.",
            "young": "{count:node has|nodes have} just joined without a providerID; CCM from v2.4.0"
            " on fills it in.",
        },
        evidence={"provider": 'node {node} has providerID "{id}"'},
        remedies={
            "": "Start the kubelet with --provider-id=region.instance-id. A providerID that is set"
            " cannot be changed: delete the Node object and let the kubelet register it again.",
            "young": "Wait a moment and look again.",
        },
    ),
    "RT203": Prose(
        title="the providerID carries alicloud://",
        why=(
            "v2 compares the providerID as text with region.instance-id: the right entry looks like"
            " a stranger's. From v2.4 on it is deleted and written anew in every period, and"
            " packets are lost meanwhile. Early v1 does not understand the prefix at all."
        ),
        causes={
            "": "{count:node|nodes}: {version} deletes the right entries and writes them anew every"
            " {period} s.",
            "refused": "{count:node|nodes}: {version} does not understand the prefix and writes"
            " no route.",
            "repeats": "{count:node|nodes}: {version} tries to write the entries again every"
            " {period} s, without harm.",
        },
        evidence={"provider": 'node {node} has providerID "{id}"'},
        remedies={
            "": "Start the kubelet with --provider-id=region.instance-id, delete the Node object,"
            " and let the kubelet register it again.",
            "repeats": "Nothing has to be done before an upgrade to v2.4 or later.",
        },
    ),
    "RT204": Prose(
        title="nodes that CCM leaves out on purpose",
        why=(
            "A node with the label service.beta.kubernetes.io/exclude-node or"
            " service.alibabacloud.com/exclude-node, whatever its value, even false, gets no route;"
            " nor does a hybrid node (ack-hybrid://), which is no ECS instance. Entries that it has"
            " are kept."
        ),
        causes={
            "label": "{count:node carries|nodes carry} a label that exempts it from routes.",
            "hybrid": "{count:node is a hybrid node|nodes are hybrid nodes}.",
        },
        evidence={"exempt": "node {node}: {why}"},
        remedies={
            "label": "If that is not meant, remove the label; CCM notices within one period.",
            "hybrid": "Nothing: other routes lead to hybrid nodes.",
        },
    ),
    "RT205": Prose(
        title="nodes whose kubelet does not report",
        why=(
            "While a node's Ready condition is Unknown CCM writes no route for it. One that is"
            " there stays."
        ),
        causes={"": "{count:node has|nodes have} Ready=Unknown: not served."},
        evidence={
            "bare": "node {node} has Ready=Unknown, a route is missing",
            "kept": "node {node} has Ready=Unknown, its routes are there",
        },
        remedies={"": "Get the kubelet going again, or remove the node."},
    ),
    "RT206": Prose(
        title="NetworkUnavailable=True although every route is there",
        why=(
            "The condition becomes a taint: no pod is scheduled on the node. v1 before v1.9.3.313"
            " leaves it when it finds the route already there; and when routes were switched off"
            " after it was set, nobody clears it."
        ),
        causes={
            "": "{count:node has|nodes have} all routes and still NetworkUnavailable=True.",
            "taint": "{count:node has|nodes have} all routes and still the taint, without the"
            " condition that it comes from.",
        },
        evidence={
            "condition": "node {node} has NetworkUnavailable={status}",
            "taint": "node {node} has the taint node.kubernetes.io/network-unavailable",
        },
        remedies={
            "": "Set the condition by hand; the taint follows. Upgrade CCM if it is v1.",
            "taint": "Remove the taint by hand.",
        },
    ),
    "RT207": Prose(
        title="NetworkUnavailable=False although a route is missing",
        why=(
            "There is one condition for all tables: success in one sets it, and from v2.11 on a"
            " CIDR that is taken counts as success. Pods are scheduled on the node and cannot be"
            " reached from everywhere. Do not take the condition for a proof of routes."
        ),
        causes={
            "": "{count:node looks|nodes look} fine to Kubernetes without a route in some table."
        },
        evidence={"condition": "node {node} has NetworkUnavailable={status}"},
        remedies={"": "Mend what the other findings name; until then do not trust the condition."},
    ),
    "RT208": Prose(
        title="podCIDRs that overlap",
        why=(
            "The VPC refuses a destination inside of a vSwitch or of 100.64.0.0/10, where its own"
            " services are. Of two nodes that share addresses only one can have its route: CCM"
            " writes them in turns."
        ),
        causes={"": "{count:podCIDR overlaps|podCIDRs overlap} with something else."},
        evidence={"overlap": "node {node} has {cidr}, which overlaps {other}"},
        remedies={
            "": "Plan the ranges anew: the pod range must be apart from every vSwitch and from"
            " 100.64.0.0/10. A node gets another podCIDR when it joins anew.",
        },
    ),
    "RT209": Prose(
        title="nodes in no vSwitch of the VPC",
        why=(
            "The table of a node's vSwitch decides for what it sends; the vSwitch is found by the"
            " node's InternalIP. An address outside of all of them means a node of another VPC, or"
            " that this is not the cluster's VPC."
        ),
        causes={"": "{count:node has its|nodes have their} address in no vSwitch of {vpc}."},
        evidence={"address": "node {node} has InternalIP {ips}"},
        remedies={"": "Check that {vpc} is the cluster's VPC; --vpc-id names another."},
    ),
}
