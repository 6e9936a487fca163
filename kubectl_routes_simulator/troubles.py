"""Troubles that the simulated cluster can have: one for each finding that no other scenario shows.

Each is made as it comes about in a real cluster: by an edit of an object, by an entry made by hand,
or, where CCM or the VPC API only says something, by the very words that they say it in.
"""

from __future__ import annotations

from kubectl_routes_simulator.ccm_troubles import CCM_TROUBLES
from kubectl_routes_simulator.node_troubles import NODE_TROUBLES
from kubectl_routes_simulator.vpc_troubles import VPC_TROUBLES

TROUBLES = (*VPC_TROUBLES, *CCM_TROUBLES, *NODE_TROUBLES)
