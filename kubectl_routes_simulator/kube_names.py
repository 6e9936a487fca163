"""Which names, keys and labels the API server takes, and what it says of the others."""

from __future__ import annotations

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"


def subdomain_faults(name: str) -> list[str]:
    """What is wrong with the name of an object."""
    return [
        *_too_long(name, 253),
        *_unlike(
            name,
            _SUBDOMAIN,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'-' or '.', and must start and end with an alphanumeric character",
            "'example.com'",
        ),
    ]


def label_faults(name: str) -> list[str]:
    """What is wrong with the name of a container or a volume."""
    return [
        *_too_long(name, 63),
        *_unlike(
            name,
            _LABEL,
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            "'-', and must start and end with an alphanumeric character",
            "'my-name',  or '123-abc'",
        ),
    ]


def config_key_faults(key: str) -> list[str]:
    """What is wrong with a key of a ConfigMap."""
    faults = [
        *_too_long(key, 253),
        *_unlike(
            key,
            _CONFIG_KEY,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "'key.name',  or 'KEY_NAME',  or 'key-name'",
        ),
    ]
    if key in (".", ".."):
        faults.append(f"must not be '{key}'")
    elif key.startswith(".."):
        faults.append("must not start with '..'")
    return faults


def qualified_name_faults(key: str) -> list[str]:
    """What is wrong with the key of a label or an annotation."""
    prefix, slash, name = key.rpartition("/")
    if slash and not prefix:
        return ["prefix part must be non-empty"]
    prefix_faults = subdomain_faults(prefix) if slash else []
    faults = [f"prefix part {fault}" for fault in prefix_faults]
    if not name:
        faults.append("name part must be non-empty")
    return [
        *faults,
        *(f"name part {fault}" for fault in _too_long(name, 63)),
        *_unlike(
            name,
            _QUALIFIED,
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start "
            "and end with an alphanumeric character",
            "'MyName',  or 'my.name',  or '123-abc'",
        ),
    ]


def label_value_faults(value: str) -> list[str]:
    """What is wrong with the value of a label."""
    return [
        *_too_long(value, 63),
        *_unlike(
            value,
            _VALUE,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', "
            "'_' or '.', and must start and end with an alphanumeric character",
            "'MyValue',  or 'my_value',  or '12345'",
        ),
    ]


def _too_long(text: str, most: int) -> list[str]:
    return [f"must be no more than {most} bytes"] if len(text) > most else []


def _unlike(text: str, pattern: str, rule: str, examples: str) -> list[str]:
    if re.fullmatch(pattern, text):
        return []
    return [f"{rule} (e.g. {examples}, regex used for validation is '{pattern}')"]
