import { arch, platform } from "node:process";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { hasReason } from "../errors/api-error.ts";
import type { ClientCertificate, KubeRequest, Step } from "../requests/request.ts";

interface Credentials {
  /** Empty for none. */
  readonly token: string;
  readonly certificate: ClientCertificate | undefined;
}

/**
 * Adds the caller's identity: bearer token, client certificate and impersonation. After a 401 the request is sent once more with refreshed credentials;
 * that is safe for every verb, because the server authenticates first.
 */
export function auth(
  config: Pick<ClusterConfig, "token" | "userPassword" | "certificateSource" | "impersonate">,
): Step {
  const { token: tokens, certificateSource: certificates } = config;
  const fixed = { ...impersonationHeaders(config.impersonate), ...basic(config.userPassword) };
  const isFixed = tokens === undefined && certificates === undefined;

  const read = async (refresh: boolean): Promise<Credentials> => {
    if (certificates === undefined) return { token: (await tokens?.get({ refresh })) ?? "", certificate: undefined };
    // In parallel, because one run of a plugin may provide both.
    const [token = "", certificate] = await Promise.all([tokens?.get({ refresh }), certificates.get({ refresh })]);
    return { token, certificate };
  };
  /** Keeps credentials that another request has refreshed meanwhile. */
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

/** The caller's own headers win. */
function withCredentials(request: KubeRequest, fixed: KubeRequest["headers"], given: Credentials): KubeRequest {
  const token: KubeRequest["headers"] = given.token === "" ? {} : { authorization: `Bearer ${given.token}` };
  return {
    ...request,
    headers: { ...fixed, ...token, ...request.headers },
    ...(given.certificate === undefined ? {} : { certificate: given.certificate }),
  };
}

/** The headers for impersonation. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
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

/** Percent-encodes the bytes that a header name cannot contain, like client-go. */
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

/** Go reads headers as UTF-8, and Node writes latin1: unencoded, "jörg" would become another user, and "李" would be refused. */
function headerText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** First word of the User-Agent, by which API servers and audit logs identify errand. */
const PRODUCT = "errand";

/** Adds User-Agent and Accept. No compression: it costs more than it saves inside a cluster. */
export function clientHeaders(userAgent: string | undefined): Step {
  const agent =
    userAgent === undefined ? `${PRODUCT}/${VERSION} (${platform}/${arch}) kubernetes-client` : printable(userAgent);
  return (next) => (request) =>
    next({ ...request, headers: { accept: "application/json", "user-agent": agent, ...request.headers } });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, 128);
}

/** The version in the User-Agent. A test keeps it equal to package.json, which is not in a bundle. */
export const VERSION = "0.1.0";
