"""Why CCM keeps no routes in a table, one clause for each code; the subject is the table."""

from __future__ import annotations

REASONS = {
    "RT103": "is not a table ID: not every CCM removes spaces and empty items",
    "RT104": "does not exist in this region and account",
    "RT105": "belongs to a different VPC",
    "RT106": "is a gateway route table, which takes no routes to nodes",
    "RT107": "is the system route table, and is missing from routeTableIDs",
    "RT108": "is used by nodes, but missing from routeTableIDs",
    "RT402": "is not Available",
}
