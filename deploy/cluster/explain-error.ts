import { API_UNAVAILABLE } from "../../runtime/kube/catalog/discovery.ts";
import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { KubeError, requestText, TransportError } from "../../runtime/kube/errors/kube-error.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { CommandError, USAGE_EXIT_CODE } from "../terminal/command-error.ts";
import { explainAnswer } from "./explain-answer.ts";

/** An error as it is printed, and the command's exit code. */
export interface Explanation {
  readonly message: string;
  readonly hint?: string | undefined;
  /** For programs: the API server's reason, such as `Forbidden`, or a system error code; absent if the exit code says it all. */
  readonly reason?: string | undefined;
  readonly exitCode: number;
}

/** Says what happened, where, and what to do next. Only errand's own bugs show a stack trace. */
export function explainError(error: unknown): Explanation {
  if (error instanceof CommandError) {
    const { message, hint, exitCode, cause } = error;
    return { message, hint, exitCode, ...(cause instanceof ApiError ? { reason: cause.reason } : {}) };
  }
  if (error instanceof ApiError) return explainApiError(error);
  if (error instanceof TransportError) {
    // It did answer, but asked to retry later than a person waits.
    if (error.cause instanceof ApiError) return explainApiError(error.cause);
    if (error.code === API_UNAVAILABLE)
      return { message: error.message, hint: error.hint, exitCode: OUTCOMES.unreachable.exitCode };
    return { ...explainSilence(error), reason: error.code };
  }
  if (error instanceof KubeError) {
    return { message: error.message, hint: error.hint, exitCode: OUTCOMES.failed.exitCode };
  }
  if (isRefusedPlace(error) && !process.env.ERRAND_DEBUG) {
    return {
      message: `${error.path} cannot be used: ${error.message.replace(/^\w+: /, "").replace(/, .*/, "")} (${error.code})`,
      hint: "Choose a place that you can read and write, or fix this one.",
      reason: error.code,
      exitCode: USAGE_EXIT_CODE,
    };
  }
  return explainUnknown(error);
}

/** Says why there was no answer, as far as the connection tells; it need not be the cluster's fault. */
function explainSilence(error: TransportError): Explanation {
  const { unreachable, denied } = OUTCOMES;
  const met = error.message.replace(/^stopped while retrying.*?The last error: /, "");
  // A TLS alert is the server's verdict on us.
  if (/_ALERT_.*(?:CERT|UNKNOWN_CA)/.test(error.code)) {
    return {
      message: `The API server does not accept your client certificate: ${error.message}`,
      hint: "Has it expired, or is it for another cluster? Log in again, or fetch the kubeconfig again.",
      exitCode: denied.exitCode,
    };
  }
  const distrust = distrustHint(error.code);
  if (distrust !== undefined) {
    const message = `The API server's certificate is not trusted: ${error.message}`;
    return { message, hint: distrust, exitCode: unreachable.exitCode };
  }
  // OpenSSL's own words name its source files.
  const cause = /wrong version number|packet length too long/i.test(met) ? "it does not speak TLS there" : met.trim();
  return {
    message: `The API server cannot be reached: ${cause}`,
    hint: silenceHint(met),
    exitCode: unreachable.exitCode,
  };
}

function silenceHint(met: string): string {
  if (/the proxy https?:/.test(met)) {
    return "The proxy comes from the cluster's proxy-url in kubeconfig, or else HTTPS_PROXY; NO_PROXY lists servers to reach without it.";
  }
  if (/wrong version number|packet length too long/i.test(met)) {
    return "Check the cluster's `server` in kubeconfig: is the port right? A server without TLS begins with http://.";
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(met)) {
    return "This machine cannot find the host: is the cluster's `server` in kubeconfig right, and is the network or VPN up?";
  }
  return "Is the cluster up, and is this the context you want? Check: kubectl config current-context";
}

/** What helps if TLS rejects the server's certificate. Codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function distrustHint(code: string): string | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "It is for other names: check the cluster's `server` in kubeconfig, or set its `tls-server-name`.";
  }
  if (/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(code)) {
    return "It has expired or is not valid yet: is this machine's clock right? If so, the cluster's administrator must renew it.";
  }
  if (!/CERT|UNABLE_TO|SELF_SIGNED/.test(code)) return undefined;
  return "Is the cluster's certificate-authority-data (or certificate-authority) in kubeconfig from this cluster? A recreated cluster has a new CA: fetch its kubeconfig again.";
}

/** Explains from the cause if it is known, otherwise in the error's own words. */
function explainApiError(error: ApiError): Explanation {
  const explained = explainAnswer(error);
  const { reason } = error;
  if (explained === undefined) {
    return { message: error.message, hint: error.hint, reason, exitCode: OUTCOMES.failed.exitCode };
  }
  const { says, isWhole, hint, exitCode } = explained;
  const what = requestText(error.attributes, "");
  return { message: isWhole || what === "" ? says : `${what}: ${says}`, hint, reason, exitCode };
}

/** File system errors that are the person's to fix, not bugs. */
const REFUSED_PLACES = ["EACCES", "EEXIST", "EISDIR", "ENOSPC", "ENOTDIR", "EPERM", "EROFS"];

function isRefusedPlace(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "path" in error && "code" in error && REFUSED_PLACES.includes(String(error.code));
}

function explainUnknown(error: unknown): Explanation {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (process.env.ERRAND_DEBUG) return { message: stack, reason: "Internal", exitCode: OUTCOMES.lost.exitCode };
  return {
    message: `errand failed unexpectedly: ${stack.split("\n")[0]}`,
    hint: "Run it again with ERRAND_DEBUG=1 to see where, and please report this.",
    reason: "Internal",
    exitCode: OUTCOMES.lost.exitCode,
  };
}
