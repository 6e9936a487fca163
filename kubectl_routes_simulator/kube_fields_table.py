"""The fields of the kinds that clients may write: types, merge keys and list types.

One line per struct of the API, ``name:type`` for each field, where a type is

- ``s``, ``i``, ``b``: text, integer, truth value, left out when empty; with ``?`` a pointer, which
  is kept; ``q`` a quantity, shown as text; ``n`` a number or text; ``t`` a time; ``x`` anything,
  not looked into
- ``Name``: a struct; ``[T]``: a list; ``{T}``: a map from text
- ``T!``: atomic under server-side apply; a list is atomic unless it has keys or is a set
- ``[T]#k1,k2``: a list of items told apart by keys, of which a strategic merge patch uses the
  first; ``[T]*``: a set; ``T~``: a strategic merge patch may name the keys to retain

Source: k8s.io/api of Kubernetes 1.30 to 1.34, struct tags patchStrategy, patchMergeKey, listType,
listMapKey, structType and mapType.
"""

from __future__ import annotations

FIELDS = {
    "ObjectMeta": """
        name:s generateName:s namespace:s selfLink:s uid:s resourceVersion:s generation:i
        creationTimestamp:t deletionTimestamp:t deletionGracePeriodSeconds:i? labels:{s}
        annotations:{s} ownerReferences:[OwnerReference!]#uid finalizers:[s]*
        managedFields:[ManagedFieldsEntry]
    """,
    "ManagedFieldsEntry": """
        manager:s operation:s apiVersion:s time:s fieldsType:s fieldsV1:{x} subresource:s
    """,
    "OwnerReference": """
        apiVersion:s kind:s name:s uid:s controller:b? blockOwnerDeletion:b?
    """,
    "ConfigMap": """
        apiVersion:s kind:s metadata:ObjectMeta immutable:b? data:{s} binaryData:{s}
    """,
    "Namespace": """
        apiVersion:s kind:s metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus
    """,
    "NamespaceSpec": "finalizers:[s]",
    "NamespaceStatus": "phase:s conditions:[x]#type",
    "Secret": "apiVersion:s kind:s metadata:ObjectMeta immutable:b? data:{s} stringData:{s} type:s",
    "ClusterRole": "apiVersion:s kind:s metadata:ObjectMeta rules:[x] aggregationRule:x",
    "Role": "apiVersion:s kind:s metadata:ObjectMeta rules:[x]",
    "ClusterRoleBinding": "apiVersion:s kind:s metadata:ObjectMeta subjects:[x] roleRef:x!",
    "RoleBinding": "apiVersion:s kind:s metadata:ObjectMeta subjects:[x] roleRef:x!",
    "ServiceAccount": """
        apiVersion:s kind:s metadata:ObjectMeta secrets:[x]#name
        imagePullSecrets:[LocalObjectReference!] automountServiceAccountToken:b?
    """,
    "Lease": "apiVersion:s kind:s metadata:ObjectMeta spec:LeaseSpec",
    "LeaseSpec": """
        holderIdentity:s? leaseDurationSeconds:i? acquireTime:t renewTime:t leaseTransitions:i?
        strategy:s? preferredHolder:s?
    """,
    "Event": """
        apiVersion:s kind:s metadata:ObjectMeta involvedObject:ObjectReference! reason:s message:s
        source:EventSource firstTimestamp:t lastTimestamp:t count:i type:s eventTime:t series:x
        action:s related:ObjectReference! reportingComponent:s reportingInstance:s
    """,
    "EventSource": "component:s host:s",
    "ObjectReference": """
        kind:s namespace:s name:s uid:s apiVersion:s resourceVersion:s fieldPath:s
    """,
    "Node": "apiVersion:s kind:s metadata:ObjectMeta spec:NodeSpec status:NodeStatus",
    "NodeSpec": """
        podCIDR:s podCIDRs:[s]* providerID:s unschedulable:b taints:[Taint] configSource:x
        externalID:s
    """,
    "Taint": "key:s value:s effect:s timeAdded:t",
    "NodeStatus": """
        capacity:{q} allocatable:{q} phase:s conditions:[x]#type addresses:[x]#type
        daemonEndpoints:x nodeInfo:x images:[x] volumesInUse:[s] volumesAttached:[x] config:x
        runtimeHandlers:[x] features:x declaredFeatures:[s]
    """,
    "Pod": "apiVersion:s kind:s metadata:ObjectMeta spec:PodSpec status:PodStatus",
    "PodStatus": """
        observedGeneration:x phase:s conditions:[x]#type message:s reason:s nominatedNodeName:s
        hostIP:s hostIPs:[x] podIP:s podIPs:[x]#ip startTime:t initContainerStatuses:[x]
        containerStatuses:[x] qosClass:s ephemeralContainerStatuses:[x] resize:s
        resourceClaimStatuses:[x]#name extendedResourceClaimStatus:x allocatedResources:x
        resources:x
    """,
    "DaemonSet": """
        apiVersion:s kind:s metadata:ObjectMeta spec:DaemonSetSpec status:DaemonSetStatus
    """,
    "DaemonSetSpec": """
        selector:LabelSelector! template:PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy
        minReadySeconds:i revisionHistoryLimit:i?
    """,
    "DaemonSetUpdateStrategy": "type:s rollingUpdate:RollingUpdate",
    "DaemonSetStatus": """
        currentNumberScheduled:x numberMisscheduled:x desiredNumberScheduled:x numberReady:x
        observedGeneration:x updatedNumberScheduled:x numberAvailable:x numberUnavailable:x
        collisionCount:i? conditions:[x]#type
    """,
    "Deployment": """
        apiVersion:s kind:s metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus
    """,
    "DeploymentSpec": """
        replicas:i? selector:LabelSelector! template:PodTemplateSpec strategy:DeploymentStrategy~
        minReadySeconds:i revisionHistoryLimit:i? paused:b progressDeadlineSeconds:i?
    """,
    "DeploymentStrategy": "type:s rollingUpdate:RollingUpdate",
    "DeploymentStatus": """
        observedGeneration:i replicas:i updatedReplicas:i readyReplicas:i availableReplicas:i
        unavailableReplicas:i terminatingReplicas:i? collisionCount:i? conditions:[x]#type
    """,
    "RollingUpdate": "maxUnavailable:n maxSurge:n",
    "LabelSelector": "matchLabels:{s} matchExpressions:[LabelSelectorRequirement]",
    "LabelSelectorRequirement": "key:s operator:s values:[s]",
    "PodTemplateSpec": "metadata:ObjectMeta spec:PodSpec",
    "PodSpec": """
        volumes:[Volume~]#name initContainers:[Container]#name containers:[Container]#name
        ephemeralContainers:[x]#name restartPolicy:s terminationGracePeriodSeconds:i?
        activeDeadlineSeconds:i? dnsPolicy:s nodeSelector:{s}! serviceAccountName:s
        serviceAccount:s automountServiceAccountToken:b? nodeName:s hostNetwork:b hostPID:b
        hostIPC:b shareProcessNamespace:b? securityContext:PodSecurityContext
        imagePullSecrets:[LocalObjectReference]#name hostname:s subdomain:s affinity:x
        schedulerName:s tolerations:[Toleration] hostAliases:[HostAlias]#ip priorityClassName:s
        priority:i? dnsConfig:PodDNSConfig readinessGates:[x] runtimeClassName:s?
        enableServiceLinks:b? preemptionPolicy:s? overhead:{q}
        topologySpreadConstraints:[x]#topologyKey,whenUnsatisfiable setHostnameAsFQDN:b? os:x
        hostUsers:b? schedulingGates:[x]#name resourceClaims:[x]#name resources:x
        hostnameOverride:s?
    """,
    "PodSecurityContext": """
        seLinuxOptions:x windowsOptions:x runAsUser:i? runAsGroup:i? runAsNonRoot:b?
        supplementalGroups:[x] supplementalGroupsPolicy:s? fsGroup:i? sysctls:[x]
        fsGroupChangePolicy:s? seccompProfile:x appArmorProfile:x seLinuxChangePolicy:s?
    """,
    "LocalObjectReference": "name:s",
    "Toleration": "key:s operator:s value:s effect:s tolerationSeconds:i?",
    "HostAlias": "ip:s hostnames:[s]",
    "PodDNSConfig": "nameservers:[s] searches:[s] options:[x]",
    "Container": """
        name:s image:s command:[s] args:[s] workingDir:s
        ports:[ContainerPort]#containerPort,protocol envFrom:[EnvFromSource] env:[EnvVar]#name
        resources:ResourceRequirements resizePolicy:[x] restartPolicy:s? restartPolicyRules:[x]
        volumeMounts:[VolumeMount]#mountPath volumeDevices:[x]#devicePath livenessProbe:Probe
        readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s
        terminationMessagePolicy:s imagePullPolicy:s securityContext:SecurityContext stdin:b
        stdinOnce:b tty:b
    """,
    "SecurityContext": """
        capabilities:x privileged:b? seLinuxOptions:x windowsOptions:x runAsUser:i? runAsGroup:i?
        runAsNonRoot:b? readOnlyRootFilesystem:b? allowPrivilegeEscalation:b? procMount:s?
        seccompProfile:x appArmorProfile:x
    """,
    "ContainerPort": "name:s hostPort:i containerPort:i protocol:s hostIP:s",
    "EnvFromSource": "prefix:s configMapRef:x secretRef:x",
    "EnvVar": "name:s value:s valueFrom:EnvVarSource",
    "EnvVarSource": """
        fieldRef:ObjectFieldSelector! resourceFieldRef:x! configMapKeyRef:x! secretKeyRef:x!
        fileKeyRef:x!
    """,
    "ObjectFieldSelector": "apiVersion:s fieldPath:s",
    "ResourceRequirements": "limits:{q} requests:{q} claims:[x]#name",
    "VolumeMount": """
        name:s readOnly:b recursiveReadOnly:s? mountPath:s subPath:s mountPropagation:s?
        subPathExpr:s
    """,
    "Probe": """
        exec:x httpGet:HTTPGetAction tcpSocket:x grpc:x initialDelaySeconds:i timeoutSeconds:i
        periodSeconds:i successThreshold:i failureThreshold:i terminationGracePeriodSeconds:i?
    """,
    "HTTPGetAction": "path:s port:n host:s scheme:s httpHeaders:[x]",
    "Lifecycle": "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s?",
    "LifecycleHandler": "exec:x httpGet:HTTPGetAction tcpSocket:x sleep:x",
    "Volume": """
        name:s hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource gcePersistentDisk:x
        awsElasticBlockStore:x gitRepo:x secret:SecretVolumeSource nfs:x iscsi:x glusterfs:x
        persistentVolumeClaim:x rbd:x flexVolume:x cinder:x cephfs:x flocker:x downwardAPI:x fc:x
        azureFile:x configMap:ConfigMapVolumeSource vsphereVolume:x quobyte:x azureDisk:x
        photonPersistentDisk:x projected:ProjectedVolumeSource portworxVolume:x scaleIO:x
        storageos:x csi:x ephemeral:x image:x
    """,
    "HostPathVolumeSource": "path:s type:s?",
    "EmptyDirVolumeSource": "medium:s sizeLimit:q",
    "SecretVolumeSource": "secretName:s items:[KeyToPath] defaultMode:i? optional:b?",
    "ConfigMapVolumeSource": "name:s items:[KeyToPath] defaultMode:i? optional:b?",
    "KeyToPath": "key:s path:s mode:i?",
    "ProjectedVolumeSource": "sources:[VolumeProjection] defaultMode:i?",
    "VolumeProjection": """
        secret:x downwardAPI:x configMap:ConfigMapProjection serviceAccountToken:x
        clusterTrustBundle:x podCertificate:x
    """,
    "ConfigMapProjection": "name:s items:[KeyToPath] optional:b?",
}
