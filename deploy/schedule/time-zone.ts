/** A part of a name: `Port-au-Prince`, `EST5EDT`, `GMT+10`. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go#L966 */
const PART = /^[A-Z][A-Za-z._0-9+-]{0,13}$/;
/** No name that Kubernetes knows is written so: it minds capitals, and Node does not. */
const SHOUTED = /[A-Z]{5}|^[A-Z]{4}$|^(?!US)[A-Z]+\//;

/** Whether Kubernetes takes a name as the time zone of a CronJob: names of the IANA database in their own capitals, and no offsets such as `+02:00`. */
export function isTimeZone(name: string): boolean {
  const known = knownName(name);
  if (known === undefined || !name.split("/").every((part) => PART.test(part))) return false;
  // Node gives an old name's new one instead, of which the capitals say nothing.
  const isSameName = known.toLowerCase() === name.toLowerCase();
  return isSameName ? known === name : !SHOUTED.test(name);
}

function knownName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
