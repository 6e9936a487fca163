"""How much, and for how long, an Alibaba Cloud API may answer: the SDK reads whatever comes.

Importing this imports the SDK.
"""

from __future__ import annotations

import time
from typing import Any

from aliyunsdkcore.vendored.requests.adapters import HTTPAdapter

# The largest page that is asked for, 500 entries of a route table, is about 250 kB.
LARGEST_ANSWER = 16 * 1024 * 1024
# The words by which an answer that is given up can be told from another broken connection.
ENDLESS = "longer than any answer"
# Bytes at once: compressed ones unfold to a thousand times as many.
CHUNK = 64 * 1024
# How often the time for a first byte may pass until the last one.
PATIENCE = 4


class BoundedAdapter(HTTPAdapter):  # type: ignore[misc]
    """An adapter of the SDK's session that reads an answer itself, up to a limit."""

    def send(self, request: Any, **options: Any) -> Any:
        """The answer with its body. Raises OSError, as the SDK expects, when it is endless."""
        _, seconds = options["timeout"]
        end = time.monotonic() + PATIENCE * seconds
        answer = super().send(request, **options)
        body = bytearray()
        for part in answer.iter_content(CHUNK):
            body += part
            if len(body) > LARGEST_ANSWER or time.monotonic() > end:
                answer.close()
                raise OSError(ENDLESS)
        # Where the SDK's own reading would have put it.
        answer._content = bytes(body)
        return answer
