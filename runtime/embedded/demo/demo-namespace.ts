import type { KubeObject } from "../../kube/surface/objects.ts";
import { timestamp } from "../objects/api-object.ts";
import { demoLibrary } from "./demo-library.ts";
import {
  certificate,
  certificateDefinition,
  cronJobWithRuns,
  daemonSet,
  demoPod,
  deploymentWithReplicaSet,
} from "./demo-objects.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A realistic namespace with running and finished workloads, and something to find for each template of `errand new` and each job of the library: old and new finished pods, failed
 * and evicted ones, some annotated to be kept, some owned by Jobs, a DaemonSet or a ReplicaSet, one that cannot pull its image and one that restarts
 * too often, a Deployment to restart weekly, and certificates.
 *
 * @param namespace where the objects are
 * @param now milliseconds since the epoch; ages count from it
 */
export function demoNamespace(namespace: string, now: number): KubeObject[] {
  const ago = (milliseconds: number): string => timestamp(now - milliseconds);
  const pod = demoPod(namespace, ago);
  const shop = deploymentWithReplicaSet(namespace, {
    name: "shop",
    hash: "7d4b9",
    image: "example.com/shop:3.1",
    createdAt: ago(9 * DAY),
    labels: { app: "shop", restart: "weekly", "errand/restart": "on-change" },
  });
  const queue = deploymentWithReplicaSet(namespace, {
    name: "queue",
    hash: "5f6c8",
    image: "example.com/queue:1.8",
    createdAt: ago(30 * DAY),
    available: 1,
    labels: { app: "queue", "errand/office-hours": "", "errand/restart": "scheduled" },
  });
  const collector = daemonSet(namespace, "log-collector", "example.com/log-collector:2.0", ago(90 * DAY));
  const report = cronJobWithRuns(namespace, "nightly-report", "example.com/report:1.2", [
    ago(27 * HOUR),
    ago(3 * HOUR),
  ]);
  const [firstRun, secondRun] = report.jobs;
  return [
    certificateDefinition(),
    certificate(namespace, "shop", ago(85 * DAY), ago(-5 * DAY)),
    certificate(namespace, "queue", ago(20 * DAY), ago(-70 * DAY)),
    certificate(namespace, "staging", ago(HOUR)),
    ...shop.objects,
    ...queue.objects,
    collector,
    ...report.objects,
    ...demoLibrary(namespace, ago),
    pod("shop-7d4b9-2xkqp", { status: "Running", age: 9 * DAY, owner: shop.owner, restarts: 1 }),
    pod("shop-7d4b9-8cvtn", { status: "Running", age: 9 * DAY, owner: shop.owner }),
    pod("shop-7d4b9-k2m8d", { status: "Evicted", age: 9 * DAY, ended: 2 * DAY, owner: shop.owner }),
    pod("queue-5f6c8-r4w7z", { status: "Running", age: 30 * DAY, owner: queue.owner, restarts: 7 }),
    pod("queue-5f6c8-zz9lb", { status: "Pending", age: 45 * MINUTE, owner: queue.owner }),
    pod("log-collector-w5x2f", { status: "Running", age: 90 * DAY, owner: collector }),
    pod("log-collector-t7n4c", { status: "Evicted", age: 12 * DAY, ended: 5 * HOUR, owner: collector }),
    pod("nightly-report-1-gx5kd", { status: "Succeeded", age: 27 * HOUR, ended: 26 * HOUR, owner: firstRun }),
    pod("nightly-report-2-m8tqw", { status: "Failed", age: 3 * HOUR, ended: 3 * HOUR - 10 * MINUTE, owner: secondRun }),
    pod("migrate-orders", { status: "Succeeded", age: 6 * DAY, ended: 6 * DAY - 3 * MINUTE }),
    pod("import-customers", { status: "Succeeded", age: 2 * HOUR, ended: 95 * MINUTE }),
    pod("import-prices", { status: "Succeeded", age: 40 * MINUTE, ended: 12 * MINUTE }),
    pod("debug-shell", { status: "Failed", age: 4 * DAY, ended: 3 * DAY }),
    pod("load-test", { status: "Failed", age: 50 * MINUTE, ended: 25 * MINUTE }),
    pod("reindex-search", { status: "Evicted", age: 8 * HOUR, ended: 7 * HOUR }),
    pod("audit-2026-q3", { status: "Succeeded", age: 45 * DAY, ended: 45 * DAY - HOUR, keep: true }),
    pod("crash-dump", { status: "Failed", age: 15 * DAY, ended: 15 * DAY - 5 * MINUTE, keep: true }),
  ];
}
