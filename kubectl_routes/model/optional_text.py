"""Text that may be absent or not known: empty in the model, null in a document."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

# The marker is for the schemas of documents. Text where empty is a value is a plain str.
OptionalText = Annotated[str, Meta(extra_json_schema={"nullable": True})]
