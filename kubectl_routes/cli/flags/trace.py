"""The flags of ``trace``."""

from __future__ import annotations

from kubectl_routes.cli.options import DOCUMENTS, add_output, value
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "check whether VPC routes connect two endpoints, in both directions"
USAGE = ("FROM TO [flags]",)
EXAMPLES = {
    "{prog} trace default/web 172.20.1.10": "from a pod to an address",
    "{prog} trace web db -n default": "from a pod to another one of the same namespace",
    "{prog} trace cn-hangzhou.192.168.1.10 cn-hangzhou.192.168.0.10": "from a node to another one",
}
FORMS = "an endpoint is NAMESPACE/POD, POD with -n NAMESPACE, pod/NAME, a node or an IPv4 address"
EPILOG = f"{FORMS}.\nexit codes: 0 routable in both directions, 1 not, 3 unknown"

OUTPUTS = {"text": "render.path.trace_page", **DOCUMENTS}


def declare(parser: Parser) -> None:
    """Add the flags of ``trace``."""
    parser.add_argument("source", metavar="FROM", help="source endpoint")
    parser.add_argument("destination", metavar="TO", help="destination endpoint")
    default = "(default for pod/NAME: that of the context)"
    value(parser, "-n --namespace", "NAME", f"namespace of pods given without one {default}")
    add_output(parser, OUTPUTS)
