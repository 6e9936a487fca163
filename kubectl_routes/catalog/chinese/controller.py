"""How CCM is installed, and whether it runs, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT102": Prose(
        title="该版本的 CCM 拒绝 cloud-config",
        why=(
            "CCM 无法解析该文件就会退出，路由、负载均衡、新节点初始化都随之停止。v1 要求严格的 "
            "JSON：键要加引号，末尾不能有多余的逗号。v2 按 YAML 读取。两者都要求 routeTableIDs 是"
            "一个字符串；写成字符串数组会被拒绝。"
        ),
        causes={
            "": "{version} 启动时退出：{error}。",
        },
        evidence={
            "pod": "Pod {pod}：{state}，重启 {restarts} 次 {message}",
        },
        remedies={
            "": (
                "写成所有版本都能读取的严格 JSON，文件中其他键保持不变。如果文件完全无法识别，请"
                "手工更正：kubectl -n {namespace} edit configmap {config}。"
            ),
        },
    ),
    "RT109": Prose(
        title="CCM 使用的是旧的 cloud-config",
        why=(
            "CCM 在启动时读取该文件。v2 只有在文件中含有 AccessKey 时才每十分钟重新读取一次，否则"
            "不再读取：修改 ConfigMap 之后，CCM 的 Pod 重启之前不会生效。"
        ),
        causes={
            "log": "日志显示 Pod {pod} 使用的列表是“{shown}”，而 ConfigMap 中是另一个。",
            "changed": (
                "cloud-config 于 {changed} 修改，Pod {pod} 在此之前已经读取。CCM 可能仍在使用旧的"
                "列表。"
            ),
        },
        evidence={
            "log": "Pod {pod} 的日志：{line}",
        },
        remedies={
            "": "逐个重启 CCM 的 Pod。更新策略为 OnDelete 时必须删除 Pod。",
        },
    ),
    "RT110": Prose(
        title="CCM 读不到 cloud-config",
        why=(
            "四处必须一致：--cloud-config 指定路径，挂载提供该路径，卷指向某个对象，对象中有对应"
            "的键。有一处不对，Pod 就无法启动，或者 CCM 退出，v1 则会在没有列表的情况下运行。"
        ),
        causes={
            "no-flag": "没有 --cloud-config 参数，{version} 会因此退出。",
            "not-mounted": "--cloud-config 指定的文件 {path} 没有挂载任何卷。",
            "no-key": "{place} 中没有键 {key}。",
            "no-object": "{place} 不存在。",
            "read-only": "一个挂载点位于只读挂载之内，而该目录并不存在：容器无法创建。",
        },
        evidence={
            "pod": "Pod {pod}：{state}，重启 {restarts} 次 {message}",
        },
        remedies={
            "": "让参数、卷、挂载和键保持一致。",
            "read-only": "去掉外层挂载的 readOnly；enable 只做这一处修改。",
        },
    ),
    "RT111": Prose(
        title="云路由功能已关闭",
        why=(
            "设置 --configure-cloud-routes=false，或者 --controllers 中没有 route 时，CCM 不写路"
            "由，也没有任何提示。Flannel 的 alloc 后端依赖这些路由；公开仓库中的部署文件把该参数"
            "设为 false。"
        ),
        causes={
            "": (
                "--configure-cloud-routes 为 false，或者 --controllers 中没有 route，而 Flannel "
                "需要这些路由。"
            ),
            "unknown": (
                "--configure-cloud-routes 为 false，或者 --controllers 中没有 route。如果网络插件"
                "是 overlay，这是正常的；否则这就是一切问题的原因。"
            ),
        },
        evidence={
            "flags": "{workload} 的参数为 {flags}",
        },
        remedies={
            "": (
                "设置 --configure-cloud-routes=true，并在 --controllers 中加上 route，或者去掉该"
                "参数。"
            ),
            "unknown": (
                "确认使用的是哪种网络插件。如果它需要云路由，请设置 --configure-cloud-routes=true。"
            ),
        },
    ),
    "RT112": Prose(
        title="CCM 没有运行",
        why=(
            "没有 CCM，路由既不写入也不删除：新节点不可达，离开的节点留下孤立条目。多副本中只有主"
            "副本工作；如果锁被已经消失的副本或旧版本占用，所有副本都会停止工作。"
        ),
        causes={
            "absent": "集群有 master 节点，但 kube-system 中没有 cloud-controller-manager。",
            "unknown-flag": "{version} 不认识其他版本的参数 {flag}，因此退出。",
            "bad-flag": "{flag} 为“{value}”，{version} 因此退出。",
            "untagged": "既没有 --allow-untagged-cloud 也没有 clusterID，{version} 因此退出。",
            "failing": "CCM 没有运行：Pod {pod} 处于 {state}。",
            "not-ready": "CCM 没有运行：{desired} 个 Pod 都未就绪。",
            "no-pod": "CCM 没有运行：工作负载不需要任何 Pod。",
            "partly": "{desired} 个 Pod 中只有 {ready} 个就绪。主副本可能在其中，路由仍可能写入。",
            "leaderless": "所有运行中的 Pod 都在等待选主锁：没有副本在工作。",
        },
        evidence={
            "pod": "Pod {pod}：{state}，重启 {restarts} 次 {message}",
        },
        remedies={
            "": "查明 Pod 退出的原因并修复。",
            "absent": "从 ACK 控制台或公开仓库安装与集群匹配的 CCM 版本。",
            "unknown-flag": "去掉该参数。",
            "bad-flag": "更正该参数。",
            "untagged": "加上 --allow-untagged-cloud。",
            "no-pod": "检查 nodeSelector 和容忍：必须与 master 节点相符。",
            "leaderless": "查看锁由谁持有。不属于任何 Pod 的锁可以删除。",
        },
    ),
    "RT113": Prose(
        title="CCM 版本过旧，或存在已知缺陷",
        why=(
            "从 v1.9.3.82 起才支持 routeTableIDs。v1.9.3.101 之前使用 RAM 角色的版本，在第一个令"
            "牌过期后会失去 VPC 凭证；v1.9.3.313 之前节点状态可能一直为 True；v2.4.0 之前的 v2 不"
            "清理错误条目；v2.9.1 之前的 v2 会在路由写入之前就允许调度 Pod。"
        ),
        causes={
            "old": "{version} 不支持 routeTableIDs，而 VPC 有多张路由表：它不会写入路由。",
            "token": (
                "{version} 续期 RAM 角色令牌时只更新 ECS 和 SLB，不更新 VPC：数小时后所有路由调用"
                "都会失败，直到 CCM 重启。"
            ),
            "condition": (
                "对于路由已经存在的节点，{version} 会让 NetworkUnavailable=True 一直保留。"
            ),
            "same-cidr": "{version} 不会删除指向其他实例的同网段条目。",
            "unmarked": (
                "{version} 不会把新节点标记为 NetworkUnavailable：路由写入之前就可能调度 Pod。"
            ),
        },
        evidence={
            "release": "CCM 版本为 {version}，镜像 {image}",
        },
        remedies={
            "": "升级到 {mended} 或更新的版本：镜像仓库和路径不变，只换标签。",
            "old": "enable 会把镜像升级到最早支持的版本。",
        },
    ),
    "RT115": Prose(
        title="CCM 的 Pod 仍在运行旧的配置",
        why=(
            "更新策略为 OnDelete 的 DaemonSet（早期 API 版本的默认值）不会自动替换 Pod：修改之后"
            "必须删除 Pod 才会生效。这里判断的是新配置，而实际运行的不是它。"
        ),
        causes={
            "": "有 {behind} 个 Pod 运行旧的配置；策略是 OnDelete，要等人工删除才会更新。",
            "rolling": "有 {behind} 个 Pod 运行旧的配置：滚动更新正在进行，或者已经卡住。",
        },
        evidence={
            "rollout": "{desired} 个 Pod 中有 {updated} 个已更新，策略 {strategy}",
        },
        remedies={
            "": "逐个删除 Pod，每次等新的 Pod 就绪后再继续。",
            "rolling": "等待滚动更新完成；如果一直不结束，查看最新的 Pod 为何未就绪。",
        },
    ),
    "RT119": Prose(
        title="CCM 的工作负载由其他系统管理，修改会被还原",
        why=(
            "GitOps 控制器或 Operator 会在几分钟内把工作负载还原成来源中的内容。手工修改或 "
            "enable 的修改都不会保留。"
        ),
        causes={
            "": "{manager} 会写入 {workload}。",
        },
        evidence={
            "manager": "metadata.managedFields 中有 {manager}",
        },
        remedies={
            "": "在 {manager} 所使用的来源中修改。",
        },
    ),
}
