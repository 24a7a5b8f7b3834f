import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { LAYOUT, NETWORK } from "./layout.ts";

const BRIDGE = "pods";

/**
 * The network: a bridge that is the node's address and the pods' gateway. It has the address of the Service `kubernetes`
 * as well, and the API server listens on that Service's port, so that pods reach it without kube-proxy.
 */
export async function makeNetwork(): Promise<void> {
  const commands = [
    "link set lo up",
    `link add ${BRIDGE} type bridge`,
    `address add ${NETWORK.nodeAddress}/16 dev ${BRIDGE}`,
    `address add ${NETWORK.apiAddress}/32 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
    // The kubelet and the API server look for the interface of the default route; nothing is behind it.
    `route add default via ${NETWORK.nodeAddress}`,
  ];
  await mustRun(["ip", "-batch", "-"], { input: commands.join("\n") });
}

/** Writes the configuration by which the container runtime attaches pods to the bridge. */
export async function writePodNetwork(): Promise<void> {
  const range = { subnet: NETWORK.podRange, rangeStart: NETWORK.firstPodAddress, gateway: NETWORK.nodeAddress };
  const ipam = { type: "host-local", ranges: [[range]], routes: [{ dst: "0.0.0.0/0" }] };
  const plugins = [{ type: "bridge", bridge: BRIDGE, ipam }, { type: "loopback" }];
  const document = { cniVersion: "1.0.0", name: BRIDGE, plugins };
  await mkdir(LAYOUT.podNetwork);
  await writeFile(join(LAYOUT.podNetwork, "pods.conflist"), JSON.stringify(document));
}
