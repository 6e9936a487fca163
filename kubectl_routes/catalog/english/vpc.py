"""The VPC's own limits."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT401": Prose(
        title="the quota of a route table is used up",
        why=(
            "A table takes 200 custom entries unless its quota (vpc_quota_route_entrys_num) was"
            " raised. Every node takes one in each listed table, and NAT, VPN, peering and"
            " hand-made entries count too. The VPC API does not tell the quota: 200 is assumed"
            " until a table holds more."
        ),
        causes={
            "": "{table} has no room for {count:more route|more routes}.",
            "full": "{table} is full if its quota is the service's default: the next node gets no"
            " route there.",
        },
        evidence={"use": "{table} holds {custom} of {quota} custom entries"},
        remedies={"": "Ask for a larger quota, and remove orphaned entries (RT306)."},
    ),
    "RT402": Prose(
        title="a route table is not Available",
        why="The VPC takes no entry into a table that is being made or deleted.",
        causes={
            "": "{table} is {status}: no route can be written to it.",
            "pending": "{table} is being made; that takes seconds.",
        },
        evidence={"status": "{table} has status {status}"},
        remedies={
            "": "If the table is being deleted, take it off the list with enable --tables.",
            "pending": "Wait a moment and look again.",
        },
    ),
    "RT403": Prose(
        title="another network uses a part of the pod range",
        why=(
            "Two clusters in one VPC whose pod ranges overlap delete each other's entries; and a"
            " route that sends a part of the range to a peer, a transit router or a gateway is in"
            " the way as soon as a node gets a podCIDR there."
        ),
        causes={
            "": "{count:entry sends|entries send} a part of {range} to something that is no node.",
            "fight": "CCM deletes the same entries again and again: somebody else writes them.",
        },
        evidence={
            "entry": "{table}: {cidr} goes to {hop}",
            "fight": "{cidr} was deleted {count:time|times}",
        },
        remedies={"": "Give each network a range of its own."},
    ),
}
