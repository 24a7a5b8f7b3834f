import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { flags, startComponent } from "./components.ts";
import { CONTAINERD_SOCKET } from "./container-runtime.ts";
import { LAYOUT, NETWORK, NODE_NAME } from "./layout.ts";
import { pkiFile } from "./pki.ts";

/**
 * Starts the kubelet.
 *
 * @param cgroupRoot the group below which it makes the pods' groups
 * @param kubeconfig its kubeconfig
 * @param fail hears when it ends
 */
export async function startKubelet(
  cgroupRoot: string,
  kubeconfig: string,
  fail: (error: Error) => void,
): Promise<void> {
  const file = join(LAYOUT.config, "kubelet.json");
  const resolvConf = join(LAYOUT.config, "resolv.conf");
  await writeFile(resolvConf, "");
  await writeFile(file, JSON.stringify(configuration(cgroupRoot, resolvConf)));
  await mkdir("/var/log/pods");
  const options = { config: file, kubeconfig, "hostname-override": NODE_NAME, "node-ip": NETWORK.nodeAddress };
  startComponent("kubelet", flags(options), fail);
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function configuration(cgroupRoot: string, resolvConf: string) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pkiFile("ca", "crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupRoot}`,
    failCgroupV1: false,
    failSwapOn: false,
    // It would be made on the machine, below /usr.
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
    clusterDNS: [],
    resolvConf,
    hairpinMode: "none",
    // The images cannot be pulled again, so a full disk must not cost them; and pods are evicted only when all is lost.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "100Mi", "imagefs.available": "100Mi" },
  };
}
