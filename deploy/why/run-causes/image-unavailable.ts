import type { PodObject } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

const IMAGE_REASONS =
  /^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|SignatureValidation)/;

/** What registries and container runtimes say, and what helps. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /toomanyrequests|rate limit|429/i,
    "The registry limits how much is pulled: name `imagePullSecrets` in `pod`, or use a mirror",
  ],
  [
    /unauthorized|authentication required|no basic auth|denied|forbidden/i,
    "The registry wants credentials, or has no such image: kubectl create secret docker-registry …, and `imagePullSecrets` in `pod`",
  ],
  [/manifest unknown|not found|does not exist|name unknown/i, "There is no such image or tag: correct its name"],
  [
    /no match for platform|exec format/i,
    "It is not made for the nodes' architecture: take one that is, or set `nodeSelector` in `pod`",
  ],
  [
    /no such host|connection refused|timeout|timed out|unreachable|x509|certificate|tls:/i,
    "The node does not reach the registry, or does not trust it",
  ],
  [/InvalidImageName|invalid reference format/i, "That is not a valid name of an image"],
  [
    /ErrImageNeverPull|is not present with pull policy of Never/i,
    "The node does not have it, and may not pull it: `imagePullPolicy` is Never",
  ],
];

/** The node cannot get a container's image. */
export const imageUnavailable: Cause<"imageUnavailable", RunSnapshot> = {
  name: "imageUnavailable",
  find({ objects, pod, record, job, namespace }) {
    const reason = record.phase === "waiting" ? record.waiting.reason : record.report.error?.reason;
    const ended = record.phase === "finished" && record.report.outcome === "neverStarted";
    const told = objects.events.filter(({ message }) => / image /i.test(message ?? ""));
    const event = lastEvent(told, "Failed");
    const fromEvents = ended && event !== undefined;
    if (!IMAGE_REASONS.test(reason ?? "") && !fromEvents) return undefined;
    const said = record.phase === "waiting" ? record.waiting.message : record.report.error?.message;
    const remedy = REMEDIES.find(([pattern]) => pattern.test(`${event?.message ?? ""} ${reason}: ${said}`))?.[1];
    const { what, image } = waitingFor(pod) ?? {
      what: "its image",
      image: (pod?.spec ?? objects.job.spec?.template.spec)?.containers[0]?.image,
    };
    return {
      what: `${what} cannot be pulled: ${image}`,
      evidence: [event === undefined ? `pod: ${reason}: ${said}` : quoteEvent(event)],
      next: `${remedy === undefined ? "" : `${remedy}; `}errand deploy FILE -n ${namespace} --image IMAGE with one that the nodes can pull; a run that waits: errand cancel ${job} -n ${namespace}`,
    };
  },
};

/** Another container's image than the job's, where that is the one that is missing. */
function waitingFor(pod: PodObject | undefined) {
  const { initContainerStatuses = [], containerStatuses = [] } = pod?.status ?? {};
  const stuck = initContainerStatuses.find(({ state }) => IMAGE_REASONS.test(state?.waiting?.reason ?? ""));
  if (stuck === undefined || containerStatuses.some(({ name }) => name === stuck.name)) return undefined;
  return { what: `the image of its container ${stuck.name}`, image: stuck.image };
}
