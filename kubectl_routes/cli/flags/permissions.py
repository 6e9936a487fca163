"""The flags of ``permissions``."""

from __future__ import annotations

from kubectl_routes.cli.options import switch
from kubectl_routes.cli.parser import Parser

GROUP = "others"
SUMMARY = "print the Kubernetes roles and RAM policies that commands need"
USAGE = ("[--rbac|--ram] [--for NAME]",)
EXAMPLES = {
    "{prog} permissions --rbac --for read": "the ClusterRole of the commands that only read",
    "{prog} permissions --ram --for read > policy.json": "the RAM policy of the same commands",
    "{prog} permissions": "all of them, as one YAML stream",
}
EPILOG = (
    "read: status, tables, diagnose, trace, snapshot. enable: enable and disable, in addition to\n"
    "read; its RAM policy is for a managed cluster. repair: in addition to read and enable; for\n"
    "route entries alone, read and the RAM policy of repair. monitor: the files of read. ccm: the\n"
    "RAM role of CCM itself."
)

# A test holds that there is a file for each.
PURPOSES = ("read", "enable", "repair", "monitor", "ccm")


def declare(parser: Parser) -> None:
    """Add the flags of ``permissions``."""
    kinds = parser.add_mutually_exclusive_group()
    switch(kinds, "--rbac", "print Kubernetes roles only")
    switch(kinds, "--ram", "print RAM policies only")
    parser.add_argument(
        "--for",
        dest="purpose",
        metavar="NAME",
        choices=PURPOSES,
        help=f"print only those for: {', '.join(PURPOSES)}",
    )
