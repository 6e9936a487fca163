"""What is wrong with single entries."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT301": Prose(
        title="routes are missing, and no cause was found",
        why=(
            "A node without its entry in a table cannot be reached by what sends through that"
            " table. Every cause that can be seen in the two APIs has a code of its own; this one"
            " is left when none of them explains it."
        ),
        causes={
            "": "{count:route is|routes are} missing although {version} should have written them:"
            " no cause explains it. If somebody has just deleted them, they come back within"
            " {period} s.",
            "unseen": "{count:route is|routes are} missing. CCM, or its list, cannot be seen from"
            " here, so that the cause is not known.",
            "unsure": "{count:route is|routes are} missing, and when CCM or the node started is not"
            " known: CCM may not have had its pass yet.",
            "coming": "{count:route is|routes are} not there yet: the node, or CCM, has just"
            " started. Such routes come by themselves, within {period} s at the latest.",
        },
        evidence={"missing": "no entry for {cidr} of node {node} in {table}"},
        remedies={
            "": "Look at what CCM's leader says of these nodes; open a ticket with the file that"
            " kubectl routes snapshot writes.",
            "unseen": "On a managed cluster see the add-on's log in the ACK console; if it tells"
            " nothing, open a ticket with the file that kubectl routes snapshot writes.",
            "unsure": "Look again after one period ({period} s). Allow listing CCM's pods, which"
            " tell when it started.",
            "coming": "Wait, and look again.",
        },
    ),
    "RT302": Prose(
        title="routes lead to the wrong instance",
        why=(
            "The podCIDR of a node leads to another ECS instance: a CIDR that was used before, an"
            " entry made by hand, a second cluster. Packets for the node's pods arrive elsewhere."
        ),
        causes={
            "": "{count:entry for a node's podCIDR goes|entries for a node's podCIDR go} to another"
            " instance, and {version} does not replace them.",
            "unseen": "{count:entry for a node's podCIDR goes|entries for a node's podCIDR go} to"
            " another instance. Whether CCM replaces them cannot be seen from here.",
            "healing": "{count:entry for a node's podCIDR goes|entries for a node's podCIDR go} to"
            " another instance. CCM replaces them at its next periodic pass, within {period} s.",
        },
        evidence={"conflict": "{table}: {cidr} of node {node} goes to {hop}"},
        remedies={
            "": "Delete the entry; CCM then writes its own.",
            "unseen": "Wait ten minutes. If it is still there, delete it; CCM then writes its own.",
            "healing": "Wait one period. If they come back, somebody else writes them.",
        },
    ),
    "RT303": Prose(
        title="route entries that are not Available",
        why="The VPC makes changes one after the other; only an Available entry carries traffic.",
        causes={
            "": "{count:entry is|entries are} in a state that carries no traffic.",
            "coming": "{count:entry is|entries are} being made by the VPC; that takes seconds.",
        },
        evidence={"state": "{table}: the entry of {cidr} of node {node} is {status}"},
        remedies={
            "": "Wait a minute and look again. An entry that stays so can only be cleared by"
            " Alibaba Cloud: open a ticket.",
            "coming": "Wait a moment and look again.",
        },
    ),
    "RT304": Prose(
        title="routes that are shadowed by more specific ones",
        why=(
            "The longest prefix wins. An entry inside of a podCIDR takes the packets of some of its"
            " pods elsewhere, while the node's own entry looks perfect."
        ),
        causes={
            "": "{count:route is|routes are} shadowed by an entry that CCM does not delete.",
            "unseen": "{count:route is|routes are} shadowed by a more specific entry. Whether CCM"
            " deletes it cannot be seen from here.",
            "healing": "{count:route is|routes are} shadowed by an entry that CCM deletes at its"
            " next periodic pass, within {period} s.",
        },
        evidence={"shadow": "{table}: {inner} goes to {hop}, a part of {cidr} of node {node}"},
        remedies={
            "": "Find out who made the more specific entry, and delete it.",
            "unseen": "Wait ten minutes. If it is still there, find out who made it, and delete"
            " it.",
            "healing": "Wait one period. If it is needed, it must lie outside of the pod range.",
        },
    ),
    "RT305": Prose(
        title="the podCIDR is taken by an entry that CCM cannot see",
        why=(
            "CCM reads custom entries with one next hop, an instance. An entry for the same CIDR to"
            " a network interface, a NAT or VPN gateway, a peering or several next hops is"
            " invisible to it, and every creation fails as a duplicate, which v2.11 takes for a"
            " success."
        ),
        causes={
            "": "{count:podCIDR is|podCIDRs are} taken by an entry that is not to an instance."
        },
        evidence={"conflict": "{table}: {cidr} of node {node} goes to {hop}"},
        remedies={"": "Delete the entry by hand; CCM then writes its own."},
    ),
    "RT306": Prose(
        title="orphaned entries",
        why=(
            "An entry inside of the pod range to an instance that is no node, where no podCIDR is"
            " today. No release ever deletes it. It uses up quota, sends packets nowhere, and is in"
            " the way when its CIDR is given out again. It is left when a node goes while CCM is"
            " down, or when a table is taken off the list. Another cluster in the same VPC whose"
            " pod range overlaps looks the same: make sure before you delete."
        ),
        causes={
            "": "{count:entry leads|entries lead} to instances that are no nodes of this cluster."
        },
        evidence={"entry": "{table}: {cidr} goes to {hop}"},
        remedies={"": "Make sure that no other cluster uses them, then delete them."},
    ),
    "RT307": Prose(
        title="entries that CCM is going to delete",
        why=(
            "Inside of --cluster-cidr CCM removes what it takes for a conflict, whoever made it. An"
            " entry that is needed must lie outside of the pod range."
        ),
        causes={
            "": "CCM deletes {count:entry|entries} at its next periodic pass, within {period} s."
        },
        evidence={"entry": "{table}: {cidr} goes to {hop}"},
        remedies={"": "If an entry is needed, give it a destination outside of the pod range."},
    ),
    "RT308": Prose(
        title="the next hop is disabled",
        why=(
            "An entry whose next hop has Enabled=0 carries no traffic. Neither CCM nor most tools"
            " look at that."
        ),
        causes={"": "{count:entry is|entries are} right, but the next hop is disabled."},
        evidence={"disabled": "{table}: the next hop {hop} of {cidr} of node {node} is disabled"},
        remedies={
            "": "See whether the ECS instance runs. Delete the entry if it stays so; CCM writes it"
            " anew.",
        },
    ),
}
