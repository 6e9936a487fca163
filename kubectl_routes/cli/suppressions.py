"""The file of ``--suppress``: findings that are accepted, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.collect import files, yaml_text
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.finding import Suppression
from kubectl_routes.model.message import message

_FORM = message(
    "the file is a list like: - {{code: RT306, object: 'RouteEntry/*',"
    " reason: 'other cluster', expires: 2030-12-31}}"
)
# Hundreds of suppressions.
LARGEST = 256 * 1024
_KEYS = ("code", "object", "reason", "expires")


def read_suppressions(path: str) -> tuple[Suppression, ...]:
    """The suppressions in a YAML or JSON file. Raises UsageError."""
    try:
        document = yaml_text.load(files.read(path, LARGEST).decode())
    except OSError as error:
        raise UsageError(
            message(
                "--suppress {path} cannot be read: {reason}", path=path, reason=str(error.strerror)
            )
        ) from None
    except files.TooLarge:
        raise UsageError(
            message("--suppress {path} is larger than {size} KiB", path=path, size=LARGEST >> 10),
            _FORM,
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UsageError(
            message("--suppress {path} is neither YAML nor JSON", path=path), _FORM
        ) from None
    if isinstance(document, dict):
        document = document.get("suppressions")
    if not isinstance(document, list):
        raise UsageError(
            message("--suppress {path} holds no list of suppressions", path=path), _FORM
        )
    return tuple(_suppression(item, path, number) for number, item in enumerate(document, 1))


def _suppression(value: Any, path: str, number: int) -> Suppression:
    place = message("--suppress {path}, item {number}", path=path, number=number)
    if not isinstance(value, dict) or not set(value) <= set(_KEYS):
        raise UsageError(
            message("{place} has other keys than {keys}", place=place, keys=", ".join(_KEYS)), _FORM
        )
    code, reason = value.get("code"), value.get("reason")
    if not isinstance(code, str) or code not in all_codes():
        raise UsageError(
            message("{place}: there is no code {code}", place=place, code=repr(code)),
            message("kubectl routes explain lists them"),
        )
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(message("{place}: a suppression needs a reason", place=place), _FORM)
    pattern = value.get("object", "*")
    if not isinstance(pattern, str) or not pattern:
        raise UsageError(message("{place}: object is a pattern for Kind/name", place=place), _FORM)
    return Suppression(code, reason, pattern, _day(value.get("expires"), place))


def _day(value: Any, place: str) -> str:
    """A date as text; YAML makes a date of what looks like one."""
    try:
        return "" if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise UsageError(
            message("{place}: expires is not a date like 2030-12-31", place=place), _FORM
        ) from None
