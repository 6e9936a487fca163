"""What keeps a running CCM from its work."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT114": Prose(
        title="--cluster-cidr does not fit the podCIDRs",
        why=(
            "CCM removes what stands in the way of a node only inside --cluster-cidr. A podCIDR"
            " outside of it is written but never cleaned up after; and v2's periodic pass fails"
            " altogether when the flag is not one IPv4 network, such as a dual-stack pair."
        ),
        causes={
            "": "{count:node has|nodes have} a podCIDR outside of {range}.",
            "malformed": '--cluster-cidr is "{range}", which is not one IPv4 network: the periodic'
            " pass of {version} fails.",
        },
        evidence={
            "flag": '{flag} is "{value}"',
            "outside": "node {node} has {cidr}, outside of {range}",
        },
        remedies={
            "": "Set --cluster-cidr to the range that kube-controller-manager takes podCIDRs from.",
            "malformed": "Set --cluster-cidr to the IPv4 network alone.",
        },
    ),
    "RT116": Prose(
        title="CCM lacks a RAM permission for routes",
        why=(
            "CCM calls the VPC API with the RAM role of the masters, or with its own AccessKey."
            " From v2.11 on it writes with CreateRouteEntries and DeleteRouteEntries, which the"
            " policies of older clusters lack; the periodic pass makes do with the single calls."
        ),
        causes={"": "The VPC API denies to CCM: {actions}."},
        evidence={
            "event": "Event {reason} on {object}, {count:time|times}, last at {time}: {message}",
        },
        remedies={"": "Allow these actions to CCM's RAM role or user."},
    ),
    "RT117": Prose(
        title="the VPC API throttles CCM",
        why=(
            "Calls are limited per API, account and region. v1 asks for every table every few"
            " seconds; other tools of the account count too. CCM tries again, so that routes come"
            " late rather than never."
        ),
        causes={"": "CCM was throttled {count:time|times} within the last two periods."},
        evidence={"log": "pod {pod} wrote: {line}"},
        remedies={
            "": "Set a longer --route-reconciliation-period, upgrade to v2.11 or later, which"
            " writes in batches, or ask for a higher rate in the Quota Center.",
        },
    ),
    "RT118": Prose(
        title="this network plugin needs no cloud routes",
        why=(
            "Terway gives pods addresses of the VPC itself. CCM's entries for them lie inside of a"
            " vSwitch, which the VPC refuses (InvalidCidrBlock); and a NetworkUnavailable=True that"
            " was set while routes were on is cleared by nobody once they are off: the node keeps"
            " its taint."
        ),
        causes={
            "": "The cluster runs Terway, and CCM writes routes all the same.",
            "condition": "The cluster runs Terway, and {count:node keeps|nodes keep}"
            " NetworkUnavailable=True, which nobody clears: no pod is scheduled there.",
        },
        evidence={
            "cni": "the network plugin is {cni}",
            "condition": "node {node} has NetworkUnavailable={status}",
        },
        remedies={
            "": "Set --configure-cloud-routes=false.",
            "condition": "Set the condition by hand; the taint follows.",
        },
    ),
}
