import type { PodSpec } from "../../runtime/kube/generated/core-v1.ts";

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const VOLUME_TYPES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SYSCTLS =
  /^(?:kernel\.shm_rmid_forced|net\.ipv4\.(?:ip_local_port_range|ip_unprivileged_port_start|tcp_syncookies|ping_group_range|ip_local_reserved_ports|tcp_keepalive_time|tcp_fin_timeout|tcp_keepalive_intvl|tcp_keepalive_probes))$/;
const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

type Container = PodSpec["containers"][number];
type PodSecurity = NonNullable<PodSpec["securityContext"]>;
type ContainerSecurity = NonNullable<Container["securityContext"]>;

/**
 * Finds where a pod breaks the restricted level of the Pod Security Standards, which a namespace that enforces it would refuse.
 *
 * @returns a text for each problem, with the path of the field
 */
export function findRestrictedProblems(spec: PodSpec): string[] {
  const { securityContext: pod = {} } = spec;
  const containers = [
    ...spec.containers.map((container) => ["containers", container] as const),
    ...(spec.initContainers ?? []).map((container) => ["initContainers", container] as const),
  ];
  return [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field]).map((field) => `spec.${field}`),
    ...(spec.volumes ?? [])
      .filter(({ name: _name, ...source }) => !Object.keys(source).every((type) => VOLUME_TYPES.includes(type)))
      .map(({ name }) => `spec.volumes[${name}] has a type that is not allowed`),
    ...(pod.sysctls ?? [])
      .filter(({ name }) => !SYSCTLS.test(name))
      .map(({ name }) => `spec.securityContext.sysctls[${name}]`),
    ...findSharedProblems(pod, "spec.securityContext"),
    ...containers.flatMap(([list, container]) =>
      findContainerProblems(container, pod, `spec.${list}[${container.name}]`),
    ),
  ];
}

/** Problems of fields that both pods and containers have. */
function findSharedProblems(security: PodSecurity | ContainerSecurity, place: string): string[] {
  const { runAsUser, seccompProfile, appArmorProfile, seLinuxOptions, windowsOptions } = security;
  return [
    ...(security.runAsNonRoot === false ? [`${place}.runAsNonRoot: false`] : []),
    ...(runAsUser === 0 ? [`${place}.runAsUser: 0`] : []),
    ...(seccompProfile?.type === "Unconfined" ? [`${place}.seccompProfile`] : []),
    ...(appArmorProfile?.type === "Unconfined" ? [`${place}.appArmorProfile`] : []),
    ...(SELINUX_TYPES.includes(seLinuxOptions?.type ?? "") && !seLinuxOptions?.user && !seLinuxOptions?.role
      ? []
      : [`${place}.seLinuxOptions`]),
    ...(windowsOptions?.hostProcess ? [`${place}.windowsOptions.hostProcess`] : []),
  ];
}

function findContainerProblems(
  { securityContext: own = {}, ports = [] }: Container,
  pod: PodSecurity,
  place: string,
): string[] {
  const at = `${place}.securityContext`;
  const { add = [], drop = [] } = own.capabilities ?? {};
  return [
    ...findSharedProblems(own, at),
    ...(own.privileged ? [`${at}.privileged`] : []),
    ...(own.allowPrivilegeEscalation === false ? [] : [`${at}.allowPrivilegeEscalation must be false`]),
    ...(drop.includes("ALL") ? [] : [`${at}.capabilities.drop must include ALL`]),
    ...add.filter((name) => name !== "NET_BIND_SERVICE").map((name) => `${at}.capabilities.add: ${name}`),
    ...((own.runAsNonRoot ?? pod.runAsNonRoot) ? [] : [`${at}.runAsNonRoot must be true`]),
    ...((own.seccompProfile ?? pod.seccompProfile) ? [] : [`${at}.seccompProfile must be set`]),
    ...(own.procMount === undefined || own.procMount === "Default" ? [] : [`${at}.procMount`]),
    ...ports.filter(({ hostPort }) => hostPort).map(({ hostPort }) => `${place}.ports: hostPort ${hostPort}`),
  ];
}
