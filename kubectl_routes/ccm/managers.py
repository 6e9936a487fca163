"""Tools that keep Kubernetes objects as a repository or a chart has them, and undo other changes.

Source: the field managers that the tools write under, as their documentation names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOOLS = re.compile(
    r"argo-?cd|flux|kustomize-controller|helm|fleet|rancher|kapp|config-?sync|pulumi|terraform",
    re.IGNORECASE,
)


def owners(field_managers: Iterable[str]) -> tuple[str, ...]:
    """Those of the field managers that will undo a change made elsewhere, each once."""
    return tuple(dict.fromkeys(name for name in field_managers if _TOOLS.search(name)))
