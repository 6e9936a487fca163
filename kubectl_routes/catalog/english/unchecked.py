"""What can break routing and cannot be seen in the two APIs."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Unchecked

UNCHECKED = (
    Unchecked(
        "security groups that do not allow the pod range",
        "the security groups of sender and receiver in the ECS console: allow the pod range in the"
        " same VPC, the node's address from elsewhere",
    ),
    Unchecked(
        "source/destination check of an instance's primary network interface",
        "aliyun ecs DescribeNetworkInterfaceAttribute --RegionId REGION --NetworkInterfaceId ENI"
        " --Attribute sourceDestCheck: it must be off; CCM from v2.10.4 on does that for new nodes",
    ),
    Unchecked(
        "network ACLs of the vSwitches",
        "aliyun vpc DescribeNetworkAcls --RegionId REGION --VpcId VPC: they are stateless and must"
        " allow the pod range both ways",
    ),
    Unchecked(
        "Flannel on the node itself: host routes, cni0, forwarding, MTU, masquerading, firewall",
        "ip route, sysctl net.ipv4.ip_forward and iptables-save on the node; KubeSkoop"
        " (github.com/alibaba/kubeskoop) checks them",
    ),
    Unchecked(
        "routes in other networks: CEN, VPN, Express Connect, peered VPCs",
        "the route tables at the other end: the pod range must be published there",
    ),
    Unchecked(
        "the way of pods to the Internet",
        "the NAT gateway's SNAT entries and the default route of the node's table",
    ),
    Unchecked(
        "IPv6 addresses of pods",
        "CCM writes routes of IPv4 only; there is nothing to check",
    ),
    Unchecked(
        "who holds the leader's lock of CCM",
        "kubectl -n kube-system get leases ccm cloud-controller-manager; RT112 goes by the logs",
    ),
)
