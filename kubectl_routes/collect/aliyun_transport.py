"""How much, and for how long, an Alibaba Cloud API may answer: the SDK reads whatever comes.

Importing this imports the SDK.
"""

from __future__ import annotations

from typing import Any

from aliyunsdkcore.vendored.requests.adapters import HTTPAdapter
from aliyunsdkcore.vendored.requests.packages.urllib3.exceptions import HTTPError

from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.transport import MIB, Answer, AnswerError, Room, bound, values

# The largest page that is asked for, 500 entries of a route table, is about 250 kB.
LARGEST_ANSWER = 4 * MIB
MOST_VALUES = 200_000


class BoundedAdapter(HTTPAdapter):  # type: ignore[misc]
    """An adapter of the SDK's session that reads an answer itself, up to a limit.

    ``deadline`` is that of the call which is made; it is set before each.
    """

    def __init__(self, deadline: Deadline, room: Room) -> None:
        self.deadline = deadline
        self._room = room
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, **options)
        bound(self.poolmanager, lambda: self.deadline, LARGEST_ANSWER)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools of connections through that proxy."""
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if not known:
            bound(manager, lambda: self.deadline, LARGEST_ANSWER)
        return manager

    def send(self, request: Any, **options: Any) -> Any:
        """The answer with its body. Raises OSError, as the SDK expects, when it is not whole."""
        response = super().send(request, **options)
        response.raw.enforce_content_length = True
        with Answer(self._room, self.deadline) as answer:
            try:
                _read(answer, response.raw)
            except (HTTPError, AnswerError) as error:
                response.close()
                refused = AnswerError.within(error)
                raise OSError(refused.reason if refused else str(error)) from None
            # Where the SDK's own reading would have put it.
            response._content = answer.body
        return response


def _read(answer: Answer, raw: Any) -> None:
    answer.read(raw, LARGEST_ANSWER)
    if values(answer.body) > MOST_VALUES:
        raise AnswerError(f"sent JSON of more than {MOST_VALUES:,} values")
