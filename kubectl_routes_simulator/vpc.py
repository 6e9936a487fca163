"""The simulated cloud on loopback, as the SDK speaks to it: the VPC API (product Vpc, version
2016-04-28), and what ECS and the Quota Center answer about it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY, CloudServer, json_reply
from kubectl_routes_simulator.identity import AccessKey, SignatureVerifier, rpc_claim
from kubectl_routes_simulator.server import Reply, Request
from kubectl_routes_simulator.vpc_call import Call, read_call, refusal, status_of
from kubectl_routes_simulator.vpc_reads import Answer, EcsReads, QuotaReads, VpcReads
from kubectl_routes_simulator.vpc_store import EntryRequest, VpcStore

_LONGEST_TOKEN = 64
_SIGNING = ("Signature", "SignatureNonce", "Timestamp")


class VpcWrites:
    """Answers the changing actions on ``store``; remembers ClientTokens for as long as it lives."""

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self._answers: dict[str, tuple[Mapping[str, str], Answer]] = {}

    def create_route_entry(self, call: Call) -> Answer:
        """CreateRouteEntry. The same ClientToken with the same parameters creates only once."""
        token = call.get("ClientToken")
        if len(token) > _LONGEST_TOKEN:
            raise refusal("IllegalParam.ClientToken", "Specified ClientToken is too long.")
        asked = {key: value for key, value in call.parameters.items() if key not in _SIGNING}
        known = self._answers.get(token) if token else None
        if known is not None:
            if known[0] != asked:
                raise refusal(
                    "IdempotentParameterMismatch",
                    "The request uses the same client token as a previous, different request.",
                )
            return known[1]
        wish = EntryRequest(
            table_id=call.need("RouteTableId"),
            cidr=call.need("DestinationCidrBlock"),
            next_hop=call.need("NextHopId"),
            next_hop_type=call.get("NextHopType") or "Instance",
            name=call.get("RouteEntryName"),
            description=call.get("Description"),
        )
        answer: Answer = {"RouteEntryId": self.store.create(wish, dry_run=call.flag("DryRun"))}
        if token:
            self._answers[token] = (asked, answer)
        return answer

    def delete_route_entry(self, call: Call) -> Answer:
        """DeleteRouteEntry, by id or by table, destination and next hop, never by both."""
        entry_id, table_id = call.get("RouteEntryId"), call.get("RouteTableId")
        if entry_id and table_id:
            raise refusal(
                "ParamExclusive.RouteEntryIdAndRouteTableId",
                "RouteEntryId and RouteTableId can not be given together.",
            )
        wish = EntryRequest("", "", "")
        if not entry_id:
            cidr = call.need("DestinationCidrBlock")
            wish = EntryRequest(call.need("RouteTableId"), cidr, call.need("NextHopId"))
        table, entry = self.store.find(wish, entry_id)
        if call.flag("DryRun"):
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        self.store.delete(table, entry)
        return {}

    def unassociate_route_table(self, call: Call) -> Answer:
        """UnassociateRouteTable: the vSwitch uses the system route table of its VPC again."""
        switch = self.store.v_switches.get(call.need("VSwitchId"))
        if switch is None or switch.table_id != call.need("RouteTableId"):
            raise refusal("InvalidVSwitchId.NotFound", "The vSwitch does not use that table.")
        records = (table.record for table in self.store.tables_of(switch.vpc_id))
        self.store.bind(switch.id, next(own.id for own in records if own.type == "System"))
        return {}


_VPC, _ECS, _QUOTAS = "2016-04-28", "2014-05-26", "2020-05-10"
_PRODUCTS = {_VPC: "vpc", _ECS: "ecs", _QUOTAS: "quotas"}


class VpcSimulator(CloudServer):
    """Serves ``store``. Tests may set ``latency_seconds`` before every answer,
    ``reads.max_result`` and its like. ``wall_clock`` gives seconds since the epoch, for time
    stamps and tokens.
    """

    def __init__(
        self,
        store: VpcStore,
        keys: Iterable[AccessKey] = (SIMULATED_KEY,),
        *,
        wall_clock: Callable[[], float] = time.time,
        cert: str = "",
        key: str = "",
    ) -> None:
        super().__init__(self._handle, cert, key)
        self.store = store
        self.reads = VpcReads(store)
        self.ecs = EcsReads(store)
        self.quotas = QuotaReads(store)
        self.writes = VpcWrites(store)
        self.gatekeeper = SignatureVerifier(keys)
        self.latency_seconds = 0.0
        self._nonces: set[str] = set()
        self._wall_clock = wall_clock
        vpc: dict[str, Callable[[Call], Answer]] = {
            "DescribeRouteTableList": self.reads.describe_route_table_list,
            "DescribeRouteEntryList": self.reads.describe_route_entry_list,
            "DescribeVSwitches": self.reads.describe_v_switches,
            "DescribeVpcAttribute": self.reads.describe_vpc_attribute,
            "DescribeVpcs": self.reads.describe_vpcs,
            "CreateRouteEntry": self.writes.create_route_entry,
            "DeleteRouteEntry": self.writes.delete_route_entry,
            "UnassociateRouteTable": self.writes.unassociate_route_table,
        }
        self._actions: dict[str, dict[str, Callable[[Call], Answer]]] = {
            _VPC: vpc,
            _ECS: {"DescribeInstances": self.ecs.describe_instances},
            _QUOTAS: {"GetProductQuota": self.quotas.get_product_quota},
        }

    @property
    def endpoint(self) -> str:
        """The endpoint as the SDK takes it: host and port."""
        return f"127.0.0.1:{self.server.port}"

    def actions_called(self) -> tuple[str, ...]:
        """The Action of every call so far, in the order of the answers."""
        return tuple(one.query.get("Action", [""])[0] for one in self.server.requests)

    def _handle(self, request: Request) -> Reply:
        if self.latency_seconds:
            self.server.stopping.wait(self.latency_seconds)
        request_id = str(uuid.uuid4()).upper()
        try:
            call = read_call(request)
            with self.store.lock:
                answer = self._answer(request.method, call)
        except CloudError as error:
            return json_reply(
                status_of(error.code),
                {
                    "RequestId": request_id,
                    "HostId": "vpc.aliyuncs.com",
                    "Code": error.code,
                    "Message": error.message,
                    "Recommend": f"https://api.aliyun.com/troubleshoot?q={error.code}",
                },
            )
        return json_reply(200, {"RequestId": request_id, **answer})

    def _answer(self, method: str, call: Call) -> Answer:
        name, version = call.need("Action"), call.need("Version")
        if version not in self._actions:
            raise refusal("InvalidVersion", "Specified parameter Version is not valid.")
        action = self._actions[version].get(name)
        if action is None:
            raise refusal("InvalidApi.NotFound", "Specified api is not found.")
        if call.get("Format").upper() != "JSON":
            raise refusal("UnsupportedFormat", "The simulated cloud answers in JSON only.")
        now = self._wall_clock()
        self.gatekeeper.admit(rpc_claim(method, call.parameters), now)
        if call.get("SignatureNonce") in self._nonces:
            raise refusal("SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(call.get("SignatureNonce"))
        self.check_rate(now)
        product = _PRODUCTS[version]
        kind, given = _RESOURCES[product]
        which = "/".join(call.get(parameter) or "*" for parameter in given)
        resource = f"acs:{product}:{self.store.region}:{self.store.account}:{kind}/{which}"
        if self.policy is None or self.policy.allows(f"{product}:{name}", resource):
            return action(call)
        if version == _ECS and self.ecs.hides_denied and not call.flag("DryRun"):
            return self.ecs.nothing(call)
        product, about = (
            _PRODUCTS[version],
            "User not authorized to operate on the specified resource",
        )
        code = "NoPermission" if product == "quotas" else "Forbidden.RAM"
        raise refusal(code, f"{about}, action: {product}:{name}.")


# What a RAM policy names of each product: the kind of resource, and the parameters that name one.
_RESOURCES = {
    "vpc": ("routetable", ("RouteTableId",)),
    "ecs": ("instance", ("InstanceId",)),
    "quotas": ("quota", ("ProductCode", "QuotaActionCode")),
}
