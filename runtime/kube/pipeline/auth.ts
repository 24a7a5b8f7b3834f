import { arch, platform } from "node:process";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { hasReason } from "../errors/api-error.ts";
import type { ClientCertificate, KubeRequest, Step } from "../requests/request.ts";

interface Credentials {
  /** Empty where there is none. */
  readonly token: string;
  readonly certificate: ClientCertificate | undefined;
}

/**
 * Says who is calling: bearer token, client certificate and impersonation. After a 401 the request is made once more with what has been read anew;
 * that is safe for every verb, because the server authenticates before it does anything.
 */
export function auth(
  config: Pick<ClusterConfig, "token" | "userPassword" | "certificateSource" | "impersonate">,
): Step {
  const { token: tokens, certificateSource: certificates } = config;
  const fixed = { ...impersonationHeaders(config.impersonate), ...basic(config.userPassword) };
  const isFixed = tokens === undefined && certificates === undefined;

  const read = async (refresh: boolean): Promise<Credentials> => {
    if (certificates === undefined) return { token: (await tokens?.get({ refresh })) ?? "", certificate: undefined };
    // Both may come of one run of a plugin.
    const [token = "", certificate] = await Promise.all([tokens?.get({ refresh }), certificates.get({ refresh })]);
    return { token, certificate };
  };
  /** What another request has renewed meanwhile is not dropped for this one. */
  const renewed = async (refused: Credentials): Promise<Credentials> => {
    const now = await read(false);
    const isSame = now.token === refused.token && now.certificate === refused.certificate;
    return isSame ? read(true) : now;
  };

  return (next) => async (request) => {
    const credentials = await read(false);
    try {
      return await next(withCredentials(request, fixed, credentials));
    } catch (error) {
      if (isFixed || !hasReason(error, "Unauthorized")) throw error;
      return next(withCredentials(request, fixed, await renewed(credentials)));
    }
  };
}

/** What the caller set itself stays. */
function withCredentials(request: KubeRequest, fixed: KubeRequest["headers"], given: Credentials): KubeRequest {
  const token: KubeRequest["headers"] = given.token === "" ? {} : { authorization: `Bearer ${given.token}` };
  return {
    ...request,
    headers: { ...fixed, ...token, ...request.headers },
    ...(given.certificate === undefined ? {} : { certificate: given.certificate }),
  };
}

/** Says as whom a request is made. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
export function impersonationHeaders(impersonate: ClusterConfig["impersonate"]): KubeRequest["headers"] {
  if (impersonate === undefined) return {};
  const { user, groups = [], uid, extra = {} } = impersonate;
  const extras = Object.entries(extra).map(([key, values]) => [
    `impersonate-extra-${headerKey(key)}`,
    values.map(headerText),
  ]);
  return {
    "impersonate-user": headerText(user),
    ...(groups.length === 0 ? {} : { "impersonate-group": groups.map(headerText) }),
    ...(uid === undefined ? {} : { "impersonate-uid": headerText(uid) }),
    ...Object.fromEntries(extras),
  };
}

/** As client-go writes it: what cannot stand in a header's name is percent-encoded, byte by byte. */
function headerKey(key: string): string {
  return headerText(key).replace(
    /[^\w!#$&'*+.^`|~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function basic(given: ClusterConfig["userPassword"]): KubeRequest["headers"] {
  if (given === undefined) return {};
  const text = Buffer.from(`${given.username}:${given.password}`, "utf8").toString("base64");
  return { authorization: `Basic ${text}` };
}

/** Go reads headers as UTF-8, and Node writes one byte a character: without this "jörg" would act as somebody else, and "李" as nobody. */
function headerText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** First word of the User-Agent: what API servers and audit logs know errand by. */
const PRODUCT = "errand";

/** Adds who is asking and what is understood. Compression is not asked for: it costs more than it saves inside a cluster. */
export function clientHeaders(userAgent: string | undefined): Step {
  const agent =
    userAgent === undefined ? `${PRODUCT}/${VERSION} (${platform}/${arch}) kubernetes-client` : printable(userAgent);
  return (next) => (request) =>
    next({ ...request, headers: { accept: "application/json", "user-agent": agent, ...request.headers } });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, 128);
}

/** The package's version, as API servers see it. A test holds it equal to package.json, which a bundle does not have. */
export const VERSION = "0.1.0";
