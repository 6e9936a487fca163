"""One call of the VPC API: its parameters, the checks that every action makes, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from msgspec import Struct

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.server import Request

# Codes that do not come with HTTP 400.
_STATUSES = {
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAccessKeyId.Inactive": 403,
    "InvalidApi.NotFound": 404,
    "InvalidRouteTableId.NotFound": 404,
    "InvalidVpcId.NotFound": 404,
    "InvalidNextHopId.NotFound": 404,
    "OperationFailed.InstanceDismatchCurrentVpc": 404,
    "InvalidRouteEntry.NotFound": 404,
    "Forbidden.RAM": 403,
    "NoPermission": 403,
    "QUOTA.NOT.EXIST": 404,
    "InternalError": 500,
    "ServiceUnavailable": 503,
}


def refusal(code: str, message: str) -> CloudError:
    """The error that an operation raises to refuse a call with this code."""
    return CloudError(message, code=code)


def status_of(code: str) -> int:
    """HTTP status that the API sends with the code: 400 unless the code is known for another."""
    return _STATUSES.get(code, 400)


class Call(Struct, frozen=True):
    """The parameters of a call, from the query string and a form body alike."""

    parameters: Mapping[str, str]

    def get(self, name: str) -> str:
        """The parameter, or empty text."""
        return self.parameters.get(name, "")

    def need(self, name: str) -> str:
        """The parameter. Raises CloudError MissingParameter when it is absent or empty."""
        value = self.get(name)
        if not value:
            raise refusal(
                "MissingParameter",
                f'The input parameter "{name}" that is mandatory for processing this request '
                "is not supplied.",
            )
        return value

    def number(self, name: str, default: int, high: int = 2**31) -> int:
        """A whole number from 1 to ``high``. Raises CloudError IllegalParam.<name> otherwise."""
        text = self.get(name)
        if not text:
            return default
        if not text.isdigit() or not 1 <= int(text) <= high:
            raise refusal(f"IllegalParam.{name}", f"Specified {name} is not valid.")
        return int(text)

    def flag(self, name: str) -> bool:
        """True when the parameter says true, in any letter case."""
        return self.get(name).lower() == "true"

    def items(self, prefix: str) -> list[Mapping[str, str]]:
        """The repeated parameters ``prefix.1.Name``, ``prefix.2.Name`` … in order of number."""
        items: dict[int, dict[str, str]] = {}
        for name, value in self.parameters.items():
            head, _, rest = name.partition(".")
            number, _, field = rest.partition(".")
            if head == prefix and number.isdigit():
                items.setdefault(int(number), {})[field] = value
        return [items[number] for number in sorted(items)]


def read_call(request: Request) -> Call:
    """The call a request makes. A parameter in the body wins over the same one in the query."""
    parameters = {name: values[0] for name, values in request.query.items()}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        parameters.update({name: values[0] for name, values in form.items()})
    return Call(parameters)
