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
# Names of variables, headers, options and flags whose values open something.
_CREDENTIAL = re.compile(
    "key|secret|token|password|passwd|credential|authorization|cookie", re.IGNORECASE
)
# The same for flags, which often name a file of such a kind, or how long one holds.
_FLAG = (
    r"--?(?:[\w-]*[-_])?(?:secret|token|password|passwd|access[-_]?key)(?:[-_]?(?:id|key|secret))?"
)
_WITH_VALUE = re.compile(rf"((?<![\w-]){_FLAG}(?:\s*=\s*|\s+))([^\s=]\S*)", re.IGNORECASE)
_WITHOUT = re.compile(_FLAG, re.IGNORECASE)


def masked(value: Object, config_key: str) -> Object:
    """A ConfigMap, DaemonSet or Deployment for people to read.

    Of a ConfigMap, the text under ``config_key`` is redacted as cloud-config, and what stands under
    any other key is left out. Of a pod, the values of variables and headers that are named like
    credentials are, those of a volume's options, and credentials in flags.
    """
    shown = deepcopy(value)
    (shown["metadata"].get("annotations") or {}).pop(_LAST_APPLIED, None)
    if shown.get("kind") == "ConfigMap":
        for part in ("data", "binaryData"):
            for key, text in (shown.get(part) or {}).items():
                known = part == "data" and key == config_key and isinstance(text, str)
                shown[part][key] = redact(text) if known else f"({REDACTED})"
        return shown
    if "spec" in shown:  # of an add-on a plan holds the list and nothing else
        shown["spec"]["template"]["spec"] = _cleared(shown["spec"]["template"]["spec"])
    return shown


def _cleared(part: Any) -> Any:
    """A part of a pod spec without credentials."""
    if isinstance(part, list):
        return [_cleared(one) for one in part]
    if not isinstance(part, dict):
        return part
    cleared = {name: _field(name, value) for name, value in part.items()}
    if "value" in part and _CREDENTIAL.search(str(part.get("name"))):
        cleared["value"] = REDACTED
    return cleared


def _field(name: str, value: Any) -> Any:
    if name in ("command", "args") and isinstance(value, list):
        return _words(value)
    if name in ("options", "volumeAttributes") and isinstance(value, dict):
        return {key: REDACTED if _CREDENTIAL.search(key) else text for key, text in value.items()}
    return _cleared(value)


def _words(words: list[Any]) -> list[Any]:
    """Words of a command, without credentials behind ``=`` or in a word of their own."""
    shown: list[Any] = []
    before = ""
    for word in words:
        text = str(word)
        awaited = _WITHOUT.fullmatch(before) and not text.startswith("-")
        shown.append(REDACTED if awaited else _WITH_VALUE.sub(rf"\g<1>{REDACTED}", scrub(text)))
        before = text
    return shown


def hides(value: Object, config_key: str) -> bool:
    """Whether something of the object's content is not shown, so that what is shown must not be
    applied in its place.
    """
    shown = masked(value, config_key)
    return any(shown.get(part) != value.get(part) for part in ("data", "binaryData", "spec"))
