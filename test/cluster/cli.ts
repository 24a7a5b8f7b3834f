// `npm run cluster`: a cluster to play with.
import { once } from "node:events";
import { join } from "node:path";
import type { ClusterAccess } from "./access.ts";
import { ClusterFixture } from "./host/cluster-fixture.ts";
import { livingOwnerOf } from "./host/identity.ts";
import { detachedClusters } from "./host/leftovers.ts";
import { until } from "./until.ts";

const USAGE = `Usage: npm run cluster                 start a cluster; Ctrl-C ends it
       npm run cluster -- --detach     start one that stays
       npm run cluster -- down         end the clusters that stay`;

const END_LIMIT_MS = 30_000;

function describe(access: ClusterAccess): string {
  return `
Kubernetes is ready. Use it from another shell:

  export KUBECONFIG=${access.kubeconfig}
  ${access.kubectl} get nodes

  image for pods     ${access.nodeImage} (nothing can be pulled)
  logs of its parts  ${join(access.stateDirectory, "log")}
`;
}

async function foreground(): Promise<void> {
  const cluster = await ClusterFixture.start();
  process.stdout.write(`${describe(cluster.access)}\nCtrl-C ends it.\n`);
  // The waiting itself would not keep this process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), cluster.ended]);
  clearInterval(alive);
  await cluster.stop();
}

async function detached(): Promise<void> {
  const { access } = await ClusterFixture.start({ lifetime: "detached" });
  process.stdout.write(`${describe(access)}\n\`npm run cluster -- down\` ends it.\n`);
}

async function down(): Promise<void> {
  const names = await detachedClusters();
  for (const name of names) {
    const owner = livingOwnerOf(name);
    if (owner !== undefined) process.kill(owner, "SIGTERM");
  }
  await until("the clusters are gone", END_LIMIT_MS, async () =>
    names.every((name) => livingOwnerOf(name) === undefined),
  );
  process.stdout.write(names.length === 0 ? "There is no cluster to end.\n" : `Ended ${names.join(", ")}.\n`);
}

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = { "": foreground, "--detach": detached, down };

const command = COMMANDS[process.argv.slice(2).join(" ")];
if (command === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  await command().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
