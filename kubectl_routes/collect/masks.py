"""Objects as they may be shown: without the credentials that they hold."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from kubectl_routes.collect.redact import redact
from kubectl_routes.collect.scalars import REDACTED
from kubectl_routes.collect.scrub import scrub
from kubectl_routes.collect.scrub import scrub_words

Object = dict[str, Any]

# kubectl keeps the whole object in it, credentials too.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Names of variables, headers, options and flags whose values open something.
_CREDENTIAL = re.compile(
    "key|secret|token|password|passwd|credential|authorization|cookie", re.IGNORECASE
)


def masked(value: Object, config_key: str) -> Object:
    """A ConfigMap, DaemonSet or Deployment for people to read.

    Of a ConfigMap, the text under ``config_key`` is redacted as cloud-config, and what stands under
    any other key is left out. Of a pod, the values of variables and headers that are named like
    credentials are, those of a volume's options, and credentials in flags; of annotations, those
    that are named so. All other texts are scrubbed.
    """
    shown = deepcopy(value)
    (shown["metadata"].get("annotations") or {}).pop(_LAST_APPLIED, None)
    _clear_annotations(shown)
    if shown.get("kind") == "ConfigMap":
        for part in ("data", "binaryData"):
            for key, text in (shown.get(part) or {}).items():
                known = part == "data" and key == config_key and isinstance(text, str)
                shown[part][key] = redact(text) if known else f"({REDACTED})"
        return shown
    if "spec" in shown:  # of an add-on a plan holds the list and nothing else
        _clear_annotations(shown["spec"]["template"])
        shown["spec"]["template"]["spec"] = _cleared(shown["spec"]["template"]["spec"])
    return shown


def _clear_annotations(shown: Object) -> None:
    annotations = (shown.get("metadata") or {}).get("annotations")
    if annotations:
        shown["metadata"]["annotations"] = _by_name(annotations)


def _by_name(texts: Object) -> Object:
    return {
        key: REDACTED if _CREDENTIAL.search(key) else _cleared(text) for key, text in texts.items()
    }


def _cleared(part: Any) -> Any:
    """A part of a pod spec without credentials."""
    if isinstance(part, list):
        return [_cleared(one) for one in part]
    if isinstance(part, str):
        return scrub(part)
    if not isinstance(part, dict):
        return part
    cleared = {name: _field(name, value) for name, value in part.items()}
    if "value" in part and _CREDENTIAL.search(str(part.get("name"))):
        cleared["value"] = REDACTED
    return cleared


def _field(name: str, value: Any) -> Any:
    if name in ("command", "args") and isinstance(value, list):
        return scrub_words([str(word) for word in value])
    if name in ("options", "volumeAttributes") and isinstance(value, dict):
        return _by_name(value)
    return _cleared(value)


def hides(value: Object, config_key: str) -> bool:
    """Whether something of the object's content is not shown, so that what is shown must not be
    applied in its place.
    """
    shown = masked(value, config_key)
    kept = dict(value["metadata"].get("annotations") or {})
    kept.pop(_LAST_APPLIED, None)
    return (shown["metadata"].get("annotations") or {}) != kept or any(
        shown.get(part) != value.get(part) for part in ("data", "binaryData", "spec")
    )
