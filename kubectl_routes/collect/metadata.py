"""What the metadata service says of the ECS instance that this runs on.

https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from kubectl_routes.collect.proxy import METADATA_HOST, is_loopback

# It is on the same host as the instance: it answers at once or not at all.
SECONDS = 0.5
_LONGEST = 256
_PATH = "/latest/meta-data/"
_TOKEN_PATH = "/latest/api/token"


def is_disabled(env: Mapping[str, str]) -> bool:
    """Whether the service is not to be asked."""
    return env.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true"


def read_metadata(names: tuple[str, ...], env: Mapping[str, str]) -> dict[str, str] | None:
    """The values by name; None where no metadata service answers, or it is not to be asked.

    It is asked with a token (hardened mode), without one where it hands none out. METADATA_ENDPOINT
    may name another one on this machine; one elsewhere is not asked.
    """
    if is_disabled(env):
        return None
    place = urlsplit(env.get("METADATA_ENDPOINT", ""))
    if not is_loopback(place.hostname or ""):
        place = urlsplit(f"http://{METADATA_HOST}")
    connection = HTTPConnection(place.hostname or "", place.port, timeout=SECONDS)
    try:
        token = _ask(
            connection,
            "PUT",
            _TOKEN_PATH,
            {"X-aliyun-ecs-metadata-token-ttl-seconds": "60"},
        )
        headers = {"X-aliyun-ecs-metadata-token": token} if token else {}
        found = {name: _ask(connection, "GET", _PATH + name, headers) for name in names}
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return found if all(found.values()) else None


def _ask(connection: HTTPConnection, method: str, path: str, headers: dict[str, str]) -> str:
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read(_LONGEST)
    if answer.read(1):
        connection.close()  # what is longer is not from that service
        return ""
    return body.decode("ascii", "replace").strip() if answer.status == 200 else ""
