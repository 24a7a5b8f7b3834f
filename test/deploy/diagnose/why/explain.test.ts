import { describe, expect, it } from "vitest";
import type { NodeObject, QuotaObject, RoleObject } from "../../../../deploy/diagnose/why/cause.ts";
import { explainRun } from "../../../../deploy/diagnose/why/explain.ts";
import type { PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";
import {
  endedJob,
  eventFixture,
  jobFixture,
  podFixture,
  reportFixture,
  terminated,
} from "../../runs/history/run-fixture.ts";
import { runSnapshot } from "./snapshot-fixture.ts";

const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2026-03-01T10:00:00Z", namespace: "shop" };

function ended(outcome: Report["outcome"], error: Report["error"], more: Partial<Report> = {}) {
  const report = reportFixture(outcome, { ...(error === undefined ? {} : { error }), ...more });
  return { job: endedJob("Failed"), pods: [podFixture(terminated(1, { message: JSON.stringify(report) }))] };
}

function condition(type: string, reason: string, message: string, status = "True") {
  return { type, status, reason, message };
}

/** A pod whose run is over, and whose other container is not. */
function podWithProxy(outcome: Report["outcome"]): PodObject {
  const pod = podFixture(terminated(1, { message: JSON.stringify(reportFixture(outcome)) }));
  pod.status.containerStatuses?.push({
    ...{ name: "proxy", image: "", imageID: "", ready: true, restartCount: 0 },
    state: { running: {} },
  });
  return pod;
}

describe("explainRun", () => {
  it("finds nothing when the run succeeded or is running", () => {
    const message = JSON.stringify(reportFixture("succeeded"));
    const pods = [podFixture(terminated(0, { message }))];
    expect(explainRun(runSnapshot({ job: endedJob("Complete"), pods }))).toBeUndefined();
    expect(explainRun(runSnapshot({ pods: [podFixture({ running: {} })] }))).toBeUndefined();
  });

  it("says cancelled, and by whom, when the Job says so", () => {
    const job = endedJob("Failed", "DeadlineExceeded");
    job.metadata.annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/cancelled-by": "ada" };
    expect(explainRun(runSnapshot({ job }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by ada",
      evidence: ["Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z"],
      next: "errand retry sweep-kt2c4 -n shop",
    });
  });

  it("says cancelled, and that its pod got SIGTERM, when nobody cancelled it", () => {
    const found = explainRun(runSnapshot(ended("cancelled", { reason: "Cancelled", message: "asked to stop" })));
    expect(found).toMatchObject({ cause: "cancelled", what: "it was cancelled: its pod got SIGTERM" });
  });

  it("says quotaExceeded with the quota's use when no pod fits", () => {
    const events = [eventFixture("FailedCreate", "pods is forbidden: exceeded quota: small, requested: pods=1")];
    const quotas: QuotaObject[] = ["small", "other"].map((name) => ({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { ...META, name },
      spec: {},
      status: { hard: { pods: "3" }, used: { pods: "3" } },
    }));
    const found = explainRun(runSnapshot({ events }, { quotas }));
    expect(found?.cause).toBe("quotaExceeded");
    expect(found?.evidence).toEqual([expect.stringContaining("exceeded quota: small"), "quota small: pods 3 of 3"]);
  });

  it.each([
    [
      'error looking up service account shop/sweep: serviceaccount "sweep" not found',
      "its ServiceAccount sweep is missing",
    ],
    ['violates PodSecurity "restricted:latest"', "the API server refuses it"],
    ["admission webhook says no", "the API server refuses it"],
  ])("says podRefused when the event says %s", (message, what) => {
    const found = explainRun(runSnapshot({ events: [eventFixture("FailedCreate", message)] }));
    expect(found).toMatchObject({ cause: "podRefused", what: `it has no pod: ${what}` });
  });

  it("says imageUnavailable when the container waits for its image", () => {
    const pods = [podFixture({ waiting: { reason: "ErrImageNeverPull", message: "not present" } })];
    expect(explainRun(runSnapshot({ pods }))).toMatchObject({
      cause: "imageUnavailable",
      evidence: ["pod: ErrImageNeverPull: not present"],
    });
  });

  it("says imageUnavailable, and not that time was up, when a deadline ended the wait", () => {
    const events = [
      eventFixture("Failed", 'Failed to pull image "none:1": no such host'),
      eventFixture("Failed", "Error: ErrImagePull"),
    ];
    expect(explainRun(runSnapshot({ job: endedJob("Failed", "DeadlineExceeded"), events }))).toMatchObject({
      cause: "imageUnavailable",
      evidence: ['event Failed: Failed to pull image "none:1": no such host'],
    });
  });

  it("says unschedulable, and what the pod asks for, when no node has room", () => {
    const conditions = [condition("PodScheduled", "Unschedulable", "0/1 nodes: cpu", "False")];
    const pod = podFixture(undefined, { status: { conditions } });
    pod.spec.containers = [{ name: "job", resources: { requests: { cpu: "900" } } }];
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "unschedulable",
      evidence: [`pod ${pod.metadata.name}: Unschedulable: 0/1 nodes: cpu`, "it asks for cpu 900"],
    });
  });

  it.each([
    [
      "1 node(s) didn't match Pod's node affinity/selector",
      "no node matches its nodeSelector",
      "nodeSelector",
      "its nodeSelector: disk=ssd",
    ],
    ["1 node(s) had untolerated taint(s)", "taints that its pod does not tolerate", "tolerations", undefined],
    ["2 node(s) were unschedulable", "the nodes are cordoned", "kubectl uncordon", undefined],
    ["1 Too many pods", "no node has room", "resources.requests", "it asks for cpu 900"],
    ["1 node(s) had volume node affinity conflict", "its volume is on a node", "kubectl describe pv", "it claims data"],
    [
      "pod has unbound immediate PersistentVolumeClaims",
      "a volume that it claims does not exist",
      "describe pvc",
      "it claims data",
    ],
    [
      'persistentvolumeclaim "data" not found',
      "a volume that it claims does not exist",
      "describe pvc",
      "it claims data",
    ],
    ["1 node(s) didn't match pod anti-affinity rules", "other pods keep it away", "affinity", undefined],
  ])("says unschedulable, and what is in the way, when the scheduler says %s", (words, what, next, evidence) => {
    const message = `0/2 nodes are available: ${words}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling, 1 Insufficient cpu.`;
    const pod = podFixture(undefined, {
      status: { conditions: [condition("PodScheduled", "Unschedulable", message, "False")] },
    });
    pod.spec.containers = [{ name: "job", resources: { requests: { cpu: "900" } } }];
    pod.spec.nodeSelector = { disk: "ssd" };
    pod.spec.volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
    const found = explainRun(runSnapshot({ pods: [pod] }));
    expect(found).toMatchObject({
      cause: "unschedulable",
      what: expect.stringContaining(what),
      next: expect.stringContaining(next),
    });
    expect(found?.evidence.slice(1)).toEqual(evidence === undefined ? [] : [evidence]);
    if (!words.includes("Too many")) expect(found?.next).not.toContain("Ask for less");
  });

  it("names every obstacle when nodes are unsuitable for different reasons", () => {
    const message = "0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s).";
    const pod = podFixture(undefined, {
      status: { conditions: [condition("PodScheduled", "Unschedulable", message, "False")] },
    });
    expect(explainRun(runSnapshot({ pods: [pod] }))?.what).toBe(
      "it waits: the nodes have taints that its pod does not tolerate, or no node has room for its pod",
    );
  });

  it("says what holds it back when its pod has scheduling gates", () => {
    const conditions = [
      condition("PodScheduled", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates", "False"),
    ];
    const pod = podFixture(undefined, { status: { conditions } });
    pod.spec.schedulingGates = [{ name: "kueue.x-k8s.io/admission" }];
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "unschedulable",
      evidence: [expect.anything(), "scheduling gate kueue.x-k8s.io/admission"],
    });
  });

  it.each([
    [
      'secret "db" not found',
      "Secret db does not exist",
      "kubectl create secret generic db --from-literal=password=VALUE -n shop",
    ],
    [
      "couldn't find key password in Secret shop/db",
      "key password of Secret db does not exist",
      `kubectl patch secret db -n shop --patch '{"stringData":{"password":"VALUE"}}'`,
    ],
    [
      'configmap "site" not found',
      "ConfigMap site does not exist",
      "kubectl create configmap site --from-literal=KEY=VALUE -n shop",
    ],
    ['configmap "errand-sweep-0" not found', "ConfigMap errand-sweep-0 does not exist", "errand deploy FILE -n shop"],
    [
      'secret "errand-params-sweep-kt2c4" not found',
      "Secret errand-params-sweep-kt2c4 does not exist",
      "errand cancel sweep-kt2c4 -n shop",
    ],
    ['configmap "kube-root-ca.crt" not found', "ConfigMap kube-root-ca.crt does not exist", "Kubernetes creates it"],
    ["container has runAsNonRoot and image will run as root", "its container cannot be set up", "runAsUser"],
  ])("says missingVolume, and how to create it, when the kubelet says %s", (message, what, next) => {
    const pod = podFixture({ waiting: { reason: "CreateContainerConfigError", message } });
    const secretKeyRef = { name: "db", key: "password" };
    pod.spec.containers = [{ name: "job", env: [{ name: "PASSWORD", valueFrom: { secretKeyRef } }] }];
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "missingVolume",
      what: `it waits: ${what}`,
      next: expect.stringContaining(next),
    });
  });

  it("names the missing Secret before the kubelet says anything, or when it only says that it timed out", () => {
    const pod = podFixture({ waiting: { reason: "ContainerCreating" } });
    const missing = [{ kind: "Secret" as const, name: "db" }];
    const message = 'MountVolume.SetUp failed for volume "secrets" : failed to sync secret cache: timed out waiting';
    for (const events of [[], [eventFixture("FailedMount", message)]]) {
      expect(explainRun(runSnapshot({ pods: [pod], events }, { missing }))).toMatchObject({
        cause: "missingVolume",
        what: "it waits: Secret db does not exist",
        next: expect.stringContaining("kubectl create secret generic db"),
      });
    }
  });

  it("says pullingImage only while the node pulls the image", () => {
    const pod = podFixture({ waiting: { reason: "ContainerCreating" } });
    const pulling = eventFixture("Pulling", 'Pulling image "node:26"', { type: "Normal" });
    const mount = eventFixture("FailedMount", 'secret "db" not found');
    expect(explainRun(runSnapshot({ pods: [pod], events: [pulling, mount] }))).toMatchObject({
      cause: "pullingImage",
      what: expect.stringContaining("is pulling node:26, since 2026-03-01T"),
    });
    const pulled = eventFixture("Pulled", "Successfully pulled image", { type: "Normal" });
    expect(explainRun(runSnapshot({ pods: [pod], events: [pulling, pulled] }))?.cause).toBe("waiting");
  });

  it("finds the object whose key is missing when the mount's event does not name it", () => {
    const pod = podFixture({ waiting: { reason: "ContainerCreating" } });
    const projected = { sources: [{ secret: { name: "db", items: [{ key: "password", path: "db" }] } }] };
    pod.spec.volumes = [{ name: "secrets", projected }];
    const events = [
      eventFixture(
        "FailedMount",
        'MountVolume.SetUp failed for volume "secrets" : references non-existent secret key: password',
      ),
    ];
    expect(explainRun(runSnapshot({ pods: [pod], events }))?.what).toBe(
      "it waits: key password of Secret db does not exist",
    );
  });

  it.each([
    ["manifest unknown", "no such image or tag"],
    ["pull access denied, unauthorized", "credentials"],
    ["dial tcp: lookup registry: no such host", "cannot reach the registry"],
    ["toomanyrequests: You have reached your pull rate limit", "limits pulls"],
    ["no match for platform in manifest", "architecture"],
  ])("says what helps when a registry says %s", (message, next) => {
    const pods = [podFixture({ waiting: { reason: "ErrImagePull", message } })];
    expect(explainRun(runSnapshot({ pods }))?.next).toContain(next);
  });

  function podWithInit(name: string, state: object, more: object = {}, spec: object = {}): PodObject {
    const pod = podFixture({ waiting: { reason: "PodInitializing" } });
    pod.spec.initContainers = [{ name, ...spec }];
    pod.status.initContainerStatuses = [
      { name, image: "", imageID: "", ready: false, restartCount: 0, state, ...more },
    ];
    return pod;
  }

  it("says initContainer, and how it ended, when one keeps failing", () => {
    const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } };
    const pod = podWithInit("migrate", state, { restartCount: 3, lastState: terminated(2, { reason: "Error" }) });
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "initContainer",
      what: "it waits: its init container migrate fails",
      evidence: [expect.stringContaining("exit code 2 (Error), 3 restarts"), "CrashLoopBackOff: back-off 10s"],
      next: expect.stringContaining("kubectl logs sweep-kt2c4-0-0 -c migrate -n shop"),
    });
    const sidecar = podWithInit(
      "proxy",
      state,
      { restartCount: 1, lastState: terminated(1) },
      { restartPolicy: "Always" },
    );
    expect(explainRun(runSnapshot({ pods: [sidecar] }))?.what).toContain("sidecar proxy");
  });

  it("says imageUnavailable, and of which container, when it is not the job's", () => {
    const waiting = { reason: "ImagePullBackOff", message: "not found" };
    const pod = podWithInit("proxy", { waiting }, { image: "mesh:1" }, { restartPolicy: "Always" });
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "imageUnavailable",
      what: "the image of its container proxy cannot be pulled: mesh:1",
    });
  });

  it("says that it waits for an earlier container, whatever the order of containers", () => {
    expect(explainRun(runSnapshot({ pods: [podWithInit("migrate", { running: {} })] }))).toMatchObject({
      cause: "waiting",
      evidence: ["PodInitializing: init container migrate is not done yet"],
    });
    const pod = podFixture({ waiting: { reason: "ContainerCreating", message: "soon" } });
    pod.status.containerStatuses?.unshift({
      name: "a",
      image: "",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: {} },
    });
    expect(explainRun(runSnapshot({ pods: [pod] }))?.cause).toBe("waiting");
  });

  it("says nodeLost, and not that it waits for a node, when its pod's node does not answer, is not ready or is gone", () => {
    const bound = podFixture(undefined);
    bound.spec.nodeName = "n1";
    expect(explainRun(runSnapshot({ pods: [bound] }))?.evidence).toEqual([
      "Pending: node n1 has not begun to start its pod",
    ]);
    const nodeThat = (status: string): NodeObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { ...META, name: "n1" },
      spec: {},
      status: {
        conditions: [
          {
            type: "Ready",
            status,
            reason: "NodeStatusUnknown",
            message: "Kubelet stopped posting node status.",
            lastTransitionTime: "2026-03-01T09:00:00Z",
          },
        ],
      },
    });
    expect(explainRun(runSnapshot({ pods: [bound] }, { node: nodeThat("True") }))?.cause).toBe("waiting");
    expect(explainRun(runSnapshot({ pods: [bound] }, { node: nodeThat("Unknown") }))).toMatchObject({
      cause: "nodeLost",
      what: "its pod is on node n1, which does not answer since 2026-03-01T09:00:00Z",
      next: expect.stringContaining("kubectl delete node n1"),
    });
    const running = podFixture({ running: {} }, { metadata: { deletionTimestamp: "2026-03-01T10:00:39Z" } });
    running.spec.nodeName = "n1";
    expect(explainRun(runSnapshot({ pods: [running] }, { node: "gone" }))?.what).toBe(
      "its pod is on node n1, which is gone: the pod is being deleted, and only its node can confirm it",
    );
  });

  it("says nodeLost from the pod's own events when the person may not read nodes", () => {
    const running = podFixture({ running: {} });
    running.spec.nodeName = "n1";
    expect(explainRun(runSnapshot({ pods: [running] }))).toBeUndefined();
    const events = [eventFixture("NodeNotReady", "Node is not ready")];
    expect(explainRun(runSnapshot({ pods: [running], events }))).toMatchObject({
      cause: "nodeLost",
      evidence: ["event NodeNotReady: Node is not ready"],
    });
  });

  it("says neverStarted, and why, when the kubelet rejected its pod", () => {
    const status = { phase: "Failed" as const, reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" };
    const found = explainRun(runSnapshot({ job: endedJob("Failed"), pods: [podFixture(undefined, { status })] }));
    expect(found).toMatchObject({
      cause: "reported",
      evidence: ["report: OutOfcpu: Node didn't have enough resource: cpu"],
    });
  });

  it("says which policy refuses its pods when an event quotes it", () => {
    const events = [
      eventFixture(
        "FailedCreate",
        "Error creating: pods \"p\" is forbidden: ValidatingAdmissionPolicy 'no-jobs' with binding 'b' denied request: not here",
      ),
    ];
    expect(explainRun(runSnapshot({ events }))).toMatchObject({
      cause: "podRefused",
      what: "it has no pod: refused by the policy no-jobs: not here",
      next: expect.stringContaining("validatingadmissionpolicy no-jobs"),
    });
  });

  it("says that it was preempted when a pod with a higher priority took its place", () => {
    const conditions = [
      condition("DisruptionTarget", "PreemptionByScheduler", "preempting to accommodate a higher priority pod"),
    ];
    const pods = [podFixture(terminated(143), { status: { conditions } })];
    expect(explainRun(runSnapshot({ pods }))?.what).toContain("its pod was preempted");
  });

  it("says forbidden, and blames the token rather than a Role, when the server did not accept the token", () => {
    const run = ended("denied", { reason: "Unauthorized", message: "401" });
    expect(explainRun(runSnapshot(run))?.what).toContain("did not accept the token");
  });

  it("says missingVolume when the ConfigMap with its code is gone", () => {
    const events = [eventFixture("FailedMount", 'configmap "errand-sweep-0" not found')];
    const pods = [podFixture({ waiting: { reason: "ContainerCreating" } })];
    expect(explainRun(runSnapshot({ pods, events }))?.cause).toBe("missingVolume");
  });

  it("says evicted when a pod was evicted and another was created", () => {
    const conditions = [condition("DisruptionTarget", "TerminationByKubelet", "low on disk")];
    const first = podFixture(terminated(143), { status: { reason: "Evicted", message: "too much disk", conditions } });
    const second = podFixture({ running: {} }, { failuresBefore: 1 });
    const found = explainRun(runSnapshot({ pods: [first, second] }));
    expect(found).toMatchObject({ cause: "evicted", evidence: [expect.stringContaining("too much disk")] });
    expect(found?.next).toMatch(/^Nothing/);
  });

  it("says evicted, and how to run it again, when that ended the run", () => {
    const pods = [podFixture(terminated(137), { status: { reason: "Evicted", message: "too much disk" } })];
    expect(explainRun(runSnapshot({ job: endedJob("Failed"), pods }))?.next).toContain("errand retry sweep-kt2c4");
  });

  it("says forbidden with the guard's hint when the call was not declared", () => {
    const error = {
      reason: "NotDeclared",
      message: "the job does not declare list secrets",
      hint: "Add it to access.",
    };
    expect(explainRun(runSnapshot(ended("denied", error)))).toMatchObject({
      cause: "forbidden",
      next: "Add it to access.",
    });
  });

  it("says forbidden, and that its Role is missing, when it has an account of its own", () => {
    const error = { reason: "Forbidden", message: "403" };
    const run = ended("denied", error);
    run.job.spec = { template: { spec: { containers: [], serviceAccountName: "sweep" } } };
    expect(explainRun(runSnapshot(run))?.evidence).toContain("Role shop/sweep: not found");
    const role: RoleObject = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { ...META, name: "sweep" },
      rules: [],
    };
    expect(explainRun(runSnapshot(run, { role }))?.next).toContain("errand access sweep -n shop");
  });

  it("says outOfMemory with the last progress when the kernel killed it", () => {
    const message = JSON.stringify(reportFixture("running", { progress: { done: 4 } }));
    const pods = [podFixture(terminated(137, { reason: "OOMKilled", message }))];
    expect(explainRun(runSnapshot({ job: endedJob("Failed"), pods }))).toMatchObject({
      cause: "outOfMemory",
      what: "it ran out of memory (limit 256Mi)",
      evidence: [expect.stringContaining("used all of its memory"), 'last progress: {"done":4}'],
    });
  });

  it("says timedOut, and which deadline passed", () => {
    expect(explainRun(runSnapshot(ended("timedOut", { reason: "TimedOut", message: "5m" })))?.what).toContain(
      "`timeout`",
    );
    const job = endedJob("Failed", "DeadlineExceeded");
    job.spec = { template: {}, activeDeadlineSeconds: 360 };
    const events = [eventFixture("Started", "started", { type: "Normal" })];
    expect(explainRun(runSnapshot({ job, events }))?.what).toContain("Job's deadline of 360 s");
    const pod = podFixture(terminated(137), { status: { reason: "DeadlineExceeded" } });
    const spec = { containers: pod.spec?.containers ?? [], activeDeadlineSeconds: 300 };
    expect(explainRun(runSnapshot({ job: endedJob("Failed"), pods: [{ ...pod, spec }] }))).toMatchObject({
      what: "Kubernetes ended it at its pod's deadline of 300 s",
      evidence: [expect.stringContaining("its event loop was blocked")],
      next: expect.stringContaining("Pause long computations"),
    });
  });

  it("says cancelled from the moment a person asked for it, even while containers are still ending", () => {
    const job = jobFixture(
      {},
      { annotations: { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/cancelled-by": "ada" } },
    );
    const running = podFixture({ running: {} }, { metadata: { deletionTimestamp: "2026-03-01T10:00:39Z" } });
    expect(explainRun(runSnapshot({ job, pods: [running] }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by ada; its pod is still ending",
      evidence: [
        "Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z",
        "pod sweep-kt2c4-0-0: container job has until 2026-03-01T10:00:39Z to end",
      ],
      next: "Nothing to do: it is ending. To see its report: errand result sweep-kt2c4 -n shop --wait",
    });
    expect(explainRun(runSnapshot({ job }))?.what).toBe("it was cancelled by ada");
  });

  it("says cancelled, and not sidecarRunning, while only the other container of a cancelled run is still ending", () => {
    const kept = JSON.stringify(reportFixture("cancelled"));
    const annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/report": kept };
    expect(explainRun(runSnapshot({ job: jobFixture({}, { annotations }), pods: [podWithProxy("failed")] }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by hand; its pod is still ending",
      evidence: [
        "Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z",
        "pod sweep-kt2c4-0-0: container proxy is about to be told to end",
      ],
      next: "errand retry sweep-kt2c4 -n shop",
    });
  });

  it("finds nothing when a cancelled run had already succeeded, though its pod is still ending", () => {
    const kept = JSON.stringify(reportFixture("succeeded"));
    const annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/report": kept };
    const pods = [podWithProxy("succeeded")];
    expect(explainRun(runSnapshot({ job: jobFixture({}, { annotations }), pods }))).toBeUndefined();
  });

  it("says sidecarRunning when only another container is still running, unless its pod is being deleted", () => {
    const pod = podWithProxy("succeeded");
    const metadata = { ...pod.metadata, deletionTimestamp: "2026-03-01T10:00:39Z" };
    expect(explainRun(runSnapshot({ pods: [{ ...pod, metadata }] }))).toBeUndefined();
    expect(explainRun(runSnapshot({ job: jobFixture(), pods: [pod] }))).toMatchObject({
      cause: "sidecarRunning",
      what: expect.stringMatching(/ended \(succeeded\), but proxy keeps/),
    });
  });

  it.each(["failed", "invalid", "unreachable", "limited"] as const)(
    "repeats what the report says when it is %s",
    (outcome) => {
      const found = explainRun(
        runSnapshot(ended(outcome, { reason: "Word", message: "what happened", hint: "what to do" })),
      );
      expect(found).toMatchObject({ cause: "reported", evidence: ["report: Word: what happened"], next: "what to do" });
      expect(found?.what).toContain(`(${outcome})`);
    },
  );

  it("says that it waits, and for what, when nothing is wrong yet", () => {
    expect(explainRun(runSnapshot({}))).toMatchObject({
      cause: "waiting",
      evidence: ["Pending: creating pod"],
    });
  });
});
