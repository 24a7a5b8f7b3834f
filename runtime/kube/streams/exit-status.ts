import { ApiError } from "../errors/api-error.ts";
import type { Status } from "../errors/status.ts";
import { subjectText } from "../errors/subject-text.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { RequestSubject } from "../requests/request.ts";

/**
 * Reads how a command ended from what the server says on its error channel.
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/client-go/tools/remotecommand/v4.go
 *
 * @param text a Status; empty where the connection ended before there was one
 * @throws {ApiError} where the command could not be run
 * @throws {TransportError} where nobody knows how it ended: that is never 0
 */
export function exitCodeOf(text: string, subject: RequestSubject | undefined): number {
  const status = parseStatus(text);
  const what = subjectText(subject, "exec");
  if (status === undefined) {
    throw new TransportError(`${what}: the connection ended without saying how the command ended`, {
      code: "UNKNOWN_EXIT",
      sent: true,
      outcomeUnknown: true,
      subject,
    });
  }
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode");
  const code = Number(cause?.message);
  if (status.reason === "NonZeroExitCode" && Number.isInteger(code)) return code;
  const reason = status.reason || "InternalError";
  throw new ApiError(`${what}: ${reason}: ${status.message ?? ""}`, {
    code: status.code ?? 500,
    reason,
    details: status.details,
    serverMessage: status.message,
    subject,
  });
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // The kubelet writes a Status without its kind here.
    return typeof value === "object" && value !== null && "status" in value ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}
