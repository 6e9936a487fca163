"""Objects as they may be shown: without the credentials that they hold."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_routes.collect.controller import ccm_container
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.environment import referred
from kubectl_routes.collect.redact import redact
from kubectl_routes.collect.redact_text import may_show, scrub, scrub_words
from kubectl_routes.model.controller import REDACTED

Object = dict[str, Any]

# kubectl keeps the whole object in it, credentials too.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Annotations and labels that say how a rollout stands or what belongs together. The values of all
# others may be anything.
_KNOWN_ANNOTATIONS = (
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
    "kubectl-routes/",
    "kubectl.kubernetes.io/restartedAt",
)
# Values that can be no credential, whatever their names.
_PLAIN = ("", "true", "false")
_KNOWN_LABELS = ("app", "app.kubernetes.io/", "component", "k8s-app", "tier")


def masked(value: Object, config_key: str) -> Object:
    """A ConfigMap, DaemonSet or Deployment for people to read.

    By structure, whatever the names are: of a ConfigMap, the text under ``config_key`` is redacted
    as cloud-config, and what stands under any other key is left out. Of a pod, no literal value of
    a variable is shown, unless CCM's flags refer to it and it opens nothing; no word behind the
    program of a hook, a probe or another container; no header, no query of a probe, no option of a
    volume; and no annotation or label that is not known to be harmless, or selected by. CCM's own
    flags, and all other texts, are scrubbed.
    """
    shown = deepcopy(value)
    spec: Object = shown.get("spec") or {}
    chosen = (spec.get("selector") or {}).get("matchLabels") or {}
    _clear_metadata(shown, chosen)
    if shown.get("kind") == "ConfigMap":
        for part in ("data", "binaryData"):
            for key, text in (shown.get(part) or {}).items():
                known = part == "data" and key == config_key and isinstance(text, str)
                shown[part][key] = redact(text) if known else f"({REDACTED})"
    elif spec:  # of an add-on a plan holds the list and nothing else
        _clear_metadata(spec["template"], chosen)
        spec["template"]["spec"] = _pod(spec["template"]["spec"])
    return shown


def _clear_metadata(shown: Object, chosen: Object) -> None:
    metadata = shown.get("metadata") or {}
    (metadata.get("annotations") or {}).pop(_LAST_APPLIED, None)
    for part, known in (("annotations", _KNOWN_ANNOTATIONS), ("labels", _KNOWN_LABELS)):
        if metadata.get(part):
            metadata[part] = {
                name: scrub(str(text))
                if text in _PLAIN or name in chosen or _is_known(name, known)
                else REDACTED
                for name, text in metadata[part].items()
            }


def _is_known(name: str, known: tuple[str, ...]) -> bool:
    return any(name == each or (each.endswith("/") and name.startswith(each)) for each in known)


def _pod(pod: Object) -> Object:
    """A pod's spec without credentials."""
    index, own = ccm_container(Document(pod))
    names = referred((*own.texts("command"), *own.texts("args")))
    shown: Object = _cleared({name: part for name, part in pod.items() if "ontainers" not in name})
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        if pod.get(kind):
            shown[kind] = [
                _container(each, names, ours=kind == "containers" and place == index)
                for place, each in enumerate(pod[kind])
            ]
    return {name: shown[name] for name in pod if name in shown}


def _container(container: Object, names: frozenset[str], *, ours: bool) -> Object:
    shown: Object = {}
    for name, value in container.items():
        if name == "env":
            shown[name] = [_variable(each, names if ours else frozenset()) for each in value or ()]
        elif name in ("command", "args") and value:
            words = [str(word) for word in value]
            shown[name] = scrub_words(words) if ours else _program(words, name)
        else:
            shown[name] = _cleared(value)
    return shown


def _variable(variable: Object, names: frozenset[str]) -> Object:
    """A variable, with its value only where a flag needs it."""
    name, value = str(variable.get("name")), variable.get("value")
    if value is None or value in _PLAIN or (name in names and may_show(name, str(value))):
        return variable
    return {**variable, "value": REDACTED}


def _program(words: list[str], field: str = "command") -> list[str]:
    """The program, and the names of its flags."""
    kept = words[:1] if field == "command" else []
    for word in words[len(kept) :]:
        flag, equals, _ = word.partition("=")
        plain = flag.startswith("-") and " " not in flag
        kept.append(flag + (equals and f"={REDACTED}") if plain else REDACTED)
    return [scrub(word) for word in kept]


def _cleared(part: Any) -> Any:
    """A part of a pod spec without credentials."""
    if isinstance(part, list):
        return [_cleared(each) for each in part]
    if isinstance(part, str):
        return scrub(part)
    if not isinstance(part, dict):
        return part
    return {name: _field(name, value) for name, value in part.items()}


def _field(name: str, value: Any) -> Any:
    if name == "command" and isinstance(value, list):
        return _program([str(word) for word in value])
    if name in ("options", "volumeAttributes") and isinstance(value, dict):
        return dict.fromkeys(value, REDACTED)
    if name == "httpHeaders" and isinstance(value, list):
        return [{**each, "value": REDACTED} for each in value if isinstance(each, dict)]
    if name == "path" and isinstance(value, str) and "?" in value:
        return f"{value.partition('?')[0]}?{REDACTED}"
    return _cleared(value)


def hides(value: Object, config_key: str) -> bool:
    """Whether something of the object's content is not shown, so that what is shown must not be
    applied in its place.
    """
    shown = masked(value, config_key)
    kept = deepcopy(value["metadata"])
    (kept.get("annotations") or {}).pop(_LAST_APPLIED, None)
    return any(
        (shown["metadata"].get(part) or {}) != (kept.get(part) or {})
        for part in ("annotations", "labels")
    ) or any(shown.get(part) != value.get(part) for part in ("data", "binaryData", "spec"))
