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
       npm run cluster -- down [NAME]  end the one that stays; by its name when there are several`;

function describe(access: ClusterAccess): string {
  return `
Kubernetes is ready. Use it from another shell:

  export KUBECONFIG=${access.kubeconfig}
  ${access.kubectl} get nodes

  name               ${access.name}
  image for pods     ${access.nodeImage} (nothing can be pulled)
  logs of its parts  ${join(access.stateDirectory, "log")}
`;
}

async function foreground(): Promise<void> {
  const cluster = await ClusterFixture.start();
  process.stdout.write(`${describe(cluster.access)}\nCtrl-C ends it.\n`);
  // The waiting itself would not keep this process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const asked = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  // A cluster that ends by itself has said why.
  process.exitCode = await Promise.race([asked.then(() => 0), cluster.ended.then(() => 1)]);
  clearInterval(alive);
  await cluster.stop();
}

async function detached(): Promise<void> {
  const { access } = await ClusterFixture.start({ lifetime: "detached" });
  process.stdout.write(`${describe(access)}\n\`npm run cluster -- down ${access.name}\` ends it.\n`);
}

async function down(name?: string): Promise<void> {
  const names = await detachedClusters();
  const chosen = name === undefined ? names : names.filter((each) => each === name);
  const [only] = chosen;
  // Others on this machine may have one as well.
  if (chosen.length > 1) throw new Error(`There are several clusters; say which to end:\n  ${chosen.join("\n  ")}`);
  if (only === undefined)
    throw new Error(name === undefined ? "There is no cluster to end." : `There is no cluster ${name}.`);
  const owner = livingOwnerOf(only);
  if (owner !== undefined) process.kill(owner, "SIGTERM");
  await until(`${only} is gone`, async () => livingOwnerOf(only) === undefined);
  process.stdout.write(`Ended ${only}.\n`);
}

async function main([command, ...rest]: readonly string[]): Promise<void> {
  if (command === undefined) return await foreground();
  if (command === "--detach" && rest.length === 0) return await detached();
  if (command === "down" && rest.length <= 1) return await down(rest[0]);
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
