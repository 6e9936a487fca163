"""What can break routing and cannot be seen in the two APIs, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Unchecked

UNCHECKED = (
    Unchecked(
        "安全组没有放行 Pod 网段",
        "在 ECS 控制台查看发送方和接收方的安全组：同一 VPC 内放行 Pod 网段，其他来源放行节点地址",
    ),
    Unchecked(
        "实例主网卡的源/目的地址检查",
        "aliyun ecs DescribeNetworkInterfaceAttribute --RegionId REGION --NetworkInterfaceId ENI"
        " --Attribute sourceDestCheck：必须关闭；v2.10.4 及以后的 CCM 会为新节点关闭",
    ),
    Unchecked(
        "交换机的网络 ACL",
        "aliyun vpc DescribeNetworkAcls --RegionId REGION --VpcId VPC："
        "网络 ACL 是无状态的，必须双向放行 Pod 网段",
    ),
    Unchecked(
        "节点自身的 Flannel：主机路由、cni0、转发、MTU、地址伪装、防火墙",
        "在节点上执行 ip route、sysctl net.ipv4.ip_forward 和 iptables-save；"
        "KubeSkoop（github.com/alibaba/kubeskoop）会检查这些内容",
    ),
    Unchecked(
        "其他网络中的路由：CEN、VPN、高速通道、对等 VPC",
        "查看对端的路由表：必须发布 Pod 网段",
    ),
    Unchecked(
        "Pod 访问公网的路径",
        "查看 NAT 网关的 SNAT 条目，以及节点所用路由表的默认路由",
    ),
    Unchecked(
        "Pod 的 IPv6 地址",
        "CCM 只写 IPv4 路由，没有可检查的内容",
    ),
    Unchecked(
        "CCM 的选主锁由谁持有",
        "kubectl -n kube-system get leases ccm cloud-controller-manager；RT112 根据日志判断",
    ),
)
