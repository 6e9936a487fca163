"""Objects as they may be shown: without the credentials that they hold."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from kubectl_routes.collect.redact import redact
from kubectl_routes.collect.redact import scrub
from kubectl_routes.collect.scalars import REDACTED

Object = dict[str, Any]

# kubectl keeps the whole object in it, credentials too.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_CREDENTIAL = re.compile("key|secret|token|password|credential", re.IGNORECASE)


def masked(value: Object, config_key: str) -> Object:
    """A ConfigMap, DaemonSet or Deployment for people to read.

    Of a ConfigMap, the text under ``config_key`` is redacted as cloud-config, and what stands under
    any other key is left out. Of a workload, the values of variables that are named like
    credentials are, and credentials in flags.
    """
    shown = deepcopy(value)
    (shown["metadata"].get("annotations") or {}).pop(_LAST_APPLIED, None)
    if shown.get("kind") == "ConfigMap":
        for part in ("data", "binaryData"):
            for key, text in (shown.get(part) or {}).items():
                known = part == "data" and key == config_key and isinstance(text, str)
                shown[part][key] = redact(text) if known else f"({REDACTED})"
        return shown
    if "spec" not in shown:
        return shown  # of an add-on a plan holds the list and nothing else
    pod = shown["spec"]["template"]["spec"]
    for kind in ("containers", "initContainers"):
        for container in pod.get(kind) or []:
            for words in ("command", "args"):
                if words in container:
                    container[words] = [scrub(word) for word in container[words]]
            for variable in container.get("env") or []:
                if "value" in variable and _CREDENTIAL.search(str(variable.get("name"))):
                    variable["value"] = REDACTED
    return shown


def hides(value: Object, config_key: str) -> bool:
    """Whether something of the object's content is not shown, so that what is shown must not be
    applied in its place.
    """
    shown = masked(value, config_key)
    return any(shown.get(part) != value.get(part) for part in ("data", "binaryData", "spec"))
