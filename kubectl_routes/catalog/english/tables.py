"""Which tables CCM works on."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

_BATCH = (
    "From v2.11 on CCM lists every table before it writes a new node's routes: one that cannot be"
    " listed stops them for all tables, and only the periodic pass (every {period} s) still serves"
    " the good ones."
)
_ALONE = "This CCM handles each table on its own: the others are served, this one never is."
_STOPS = (
    "This CCM takes the tables in the order of the list and ends its pass at one that it cannot"
    " list: the tables behind it are never reached."
)
_ENABLE = "Write the list anew; enable checks every id against the VPC and restarts CCM."

PROSE = {
    "RT101": Prose(
        title="several route tables and no list: no route is written",
        why=(
            "CCM manages the VPC's only route table by itself. Once the VPC has a second one, be it"
            " for another purpose, made by a NAT firewall or for a gateway, CCM no longer knows"
            " which to write to and writes nothing at all: every new node stays without routes."
            " Routes that are there stay, so that it shows only when a node joins."
        ),
        causes={
            "": "The VPC has {count} route tables and routeTableIDs is not set: {version} writes no"
            " route to any of them.",
            "none": "The VPC API shows no route table for {vpc}: a wrong VPC id or region, or a RAM"
            " filter.",
            "unseen": "CCM reports that it found several route tables and no list: it writes no"
            " route to any of them.",
        },
        evidence={"tables": "the VPC has {count} route tables: {ids}"},
        remedies={
            "": "List the System table and every table that a vSwitch with nodes uses.",
            "none": "Correct vpcid in cloud-config, or allow CCM vpc:DescribeRouteTableList.",
        },
    ),
    "RT103": Prose(
        title="the list of route tables is malformed",
        why=(
            "CCM splits routeTableIDs at the commas. v2 does not trim the items: behind a blank"
            " stands another id than the one that was meant, and after a last comma an empty one."
            " The VPC API refuses both."
        ),
        causes={
            "": "{items} is not the id of a route table.",
            "batch": "{items} is not the id of a route table. " + _BATCH,
            "alone": "{items} is not the id of a route table. " + _ALONE,
            "stops": "{items} is not the id of a route table. " + _STOPS,
            "blank": "routeTableIDs holds nothing but blanks and commas; {version} takes that for a"
            " list without any table.",
            "double": "routeTableIDs names a table twice. That is harmless: it is handled twice.",
            "portable": "{version} reads this list well, but other releases do not trim blanks or"
            " drop empty items: an upgrade of CCM could stop routing.",
        },
        evidence={"list": 'routeTableIDs in {place} is "{text}"'},
        remedies={
            "": _ENABLE + " The form that all releases read alike: ids joined by bare commas.",
        },
    ),
    "RT104": Prose(
        title="a listed route table does not exist",
        why=(
            "An id that the VPC API does not know in this region and account cannot be listed: a"
            " typing error, a table that was deleted, or one of another region or account."
        ),
        causes={
            "batch": "{items} does not exist in {region}. " + _BATCH,
            "alone": "{items} does not exist in {region}. " + _ALONE,
            "stops": "{items} does not exist in {region}. " + _STOPS,
        },
        evidence={"list": 'routeTableIDs in {place} is "{text}"'},
        remedies={"": _ENABLE},
    ),
    "RT105": Prose(
        title="a listed route table is of another VPC",
        why=(
            "An entry's next hop must be in the table's own VPC. CCM does not compare the two: it"
            " lists the table and is refused at every creation"
            " (OperationFailed.InstanceDismatchCurrentVpc)."
        ),
        causes={
            "": "{items} is not a table of {vpc}: no route can be written to it.",
            "stops": "{items} is not a table of {vpc}. " + _STOPS,
        },
        evidence={"list": 'routeTableIDs in {place} is "{text}"'},
        remedies={"": _ENABLE},
    ),
    "RT106": Prose(
        title="a gateway route table is listed",
        why=(
            "A gateway's table directs traffic that comes in through that gateway. It takes no"
            " routes to nodes, and the API refuses to list it like others."
        ),
        causes={
            "batch": "{items} belongs to a gateway. " + _BATCH,
            "alone": "{items} belongs to a gateway. " + _ALONE,
            "stops": "{items} belongs to a gateway. " + _STOPS,
        },
        evidence={"list": 'routeTableIDs in {place} is "{text}"'},
        remedies={"": _ENABLE},
    ),
    "RT107": Prose(
        title="the System route table is not listed",
        why=(
            "The System table decides for every vSwitch that is bound to no other, and for traffic"
            " that a pod sends. Alibaba Cloud asks for it in every list; without it nodes can be"
            " reached and pods can not."
        ),
        causes={
            "": "The System table {unlisted} is not in routeTableIDs: {version} writes no route to"
            " it.",
            "unseen": "The System table {unlisted} holds no route of this cluster: CCM's list seems"
            " not to name it.",
        },
        evidence={
            "behind": "{table} is used by vSwitches {switches} with {count:node|nodes}",
        },
        remedies={"": "Add the System table to the list."},
    ),
    "RT108": Prose(
        title="nodes send by a route table that is not listed: a black hole",
        why=(
            "The table of a node's vSwitch decides where its packets go. CCM never asks which"
            " tables are in use; it writes to those of its list. In a table that it does not know,"
            " packets to pods find no route and are dropped, while every node looks healthy."
        ),
        causes={
            "": "{unlisted} is used by vSwitches with nodes and is not in routeTableIDs:"
            " {version} writes no route to it.",
            "unseen": "{unlisted} is used by vSwitches with nodes and holds no route of this"
            " cluster: CCM's list seems not to name it.",
        },
        evidence={
            "behind": "{table} is used by vSwitches {switches} with {count:node|nodes}",
        },
        remedies={"": "Add the table to the list, or bind the vSwitch to a table that is listed."},
    ),
}
