"""The schemas of docs/schema, and whether a document is as they say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parent.parent / "docs" / "schema"
# A cluster of thousands of nodes repeats itself, and each row costs a millisecond and more.
_LOOKED_AT = 50


def faults(text: bytes | str) -> list[str]:
    """What is not as the schema of its kind says: the path and what is wrong there."""
    document = json.loads(text)
    begun = {
        key: value[:_LOOKED_AT] if isinstance(value, list) else value
        for key, value in document.items()
    }
    found = _validator(document["kind"]).iter_errors(begun)
    return [f"{document['kind']}{error.json_path[1:]}: {error.message}" for error in found]


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema: dict[str, Any] = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
