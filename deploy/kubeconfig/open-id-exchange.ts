import { readFileSync } from "node:fs";
import { isRecord } from "../../runtime/job/problem.ts";
import { proxyFromEnvironment } from "../../runtime/kube/config/proxy-environment.ts";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import type { KubeRequest, KubeResponse } from "../../runtime/kube/requests/request.ts";
import { createPools } from "../../runtime/kube/transport/pools.ts";
import { createTransport } from "../../runtime/kube/transport/transport.ts";
import { authoritiesIn } from "./certificates.ts";
import { type OpenIdTokens, tokensOf } from "./keep-tokens.ts";

/** How long a provider may be silent, in milliseconds: a person waits. */
const SILENCE_MS = 30_000;
const TIMEOUTS = { headersMs: SILENCE_MS, bodyMs: SILENCE_MS };
const ACCEPT = { accept: "application/json" };

/**
 * Exchanges the refresh token of a kubeconfig's auth provider for new tokens.
 * https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens
 *
 * @param config of the auth provider
 * @throws {Error} whose message and cause hold nothing of what was sent or given
 */
export async function exchangeRefreshToken(config: Readonly<Record<string, unknown>>): Promise<OpenIdTokens> {
  const { refreshToken } = tokensOf(config);
  if (refreshToken === "") throw new Error("its id-token has ended, and there is no refresh-token to renew it with");
  const issuer = textIn(config, "idp-issuer-url");
  const client = { id: textIn(config, "client-id"), secret: String(config["client-secret"] ?? "") };
  const ca = authorities(config);
  const { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } = await discover(issuer, ca);
  if (typeof endpoint !== "string") throw new Error(`the identity provider ${issuer} names no token_endpoint`);
  const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
  const answer = await ask(endpoint, ca, { method: "POST", ...identified(grant, client, methods) });
  const { id_token: idToken, refresh_token: next } = answer;
  if (typeof idToken !== "string" || idToken === "") {
    throw new Error("the identity provider renewed no id-token: log in with the scope openid");
  }
  return { idToken, refreshToken: typeof next === "string" && next !== "" ? next : refreshToken };
}

function textIn(config: Readonly<Record<string, unknown>>, field: string): string {
  const value = config[field];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`its id-token has ended, and there is no ${field} to renew it with`);
}

/** Data goes before the file, as everywhere in a kubeconfig. */
function authorities(config: Readonly<Record<string, unknown>>): string | undefined {
  const { "idp-certificate-authority": file, "idp-certificate-authority-data": data } = config;
  const hasData = typeof data === "string" && data !== "";
  if (!hasData && (typeof file !== "string" || file === "")) return undefined;
  const field = hasData ? "idp-certificate-authority-data" : "idp-certificate-authority";
  try {
    return authoritiesIn(hasData ? Buffer.from(data, "base64").toString() : readFileSync(String(file), "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`its ${field} ${code === undefined ? message : `names ${file}, which cannot be read (${code})`}`);
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
function discover(issuer: string, ca: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return ask(url, ca, { method: "GET", headers: ACCEPT });
}

/**
 * Says who asks: in the header, which each provider has to take, or in the body where it says that it takes only that; without a secret there is only
 * the name. https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
function identified(
  grant: Readonly<Record<string, string>>,
  { id, secret }: { readonly id: string; readonly secret: string },
  methods: unknown,
): Pick<KubeRequest, "headers" | "body"> {
  const inHeader = !Array.isArray(methods) || methods.includes("client_secret_basic");
  const headers = { ...ACCEPT, "content-type": "application/x-www-form-urlencoded" };
  if (secret === "") return { headers, body: form({ ...grant, client_id: id }) };
  if (!inHeader) return { headers, body: form({ ...grant, client_id: id, client_secret: secret }) };
  const basic = Buffer.from(`${formPart(id)}:${formPart(secret)}`).toString("base64");
  return { headers: { ...headers, authorization: `Basic ${basic}` }, body: form(grant) };
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

function formPart(text: string): string {
  return form({ "": text }).slice(1);
}

type Asked = Pick<KubeRequest, "method" | "headers" | "body">;

/** Asks the provider, and nobody whom it sends us to. */
async function ask(address: string, ca: string | undefined, asked: Asked): Promise<Readonly<Record<string, unknown>>> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:") throw new Error(`the identity provider's address ${address} is no https URL`);
  const proxyUrl = proxyFromEnvironment(url.origin, process.env);
  const pools = createPools({
    server: url.origin,
    namespace: "",
    ...(ca === undefined ? {} : { ca }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  });
  try {
    const request = { ...asked, path: url.pathname, query: [...url.searchParams] };
    return await documentOf(url.host, await createTransport(pools, TIMEOUTS)(request));
  } catch (error) {
    throw error instanceof TransportError ? new Error(`${url.host} does not answer: ${problemOf(error)}`) : error;
  } finally {
    await pools.close();
  }
}

function problemOf({ cause, code }: TransportError): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : code;
}

async function documentOf(host: string, { status, body }: KubeResponse): Promise<Readonly<Record<string, unknown>>> {
  const document = parsed(await body.text());
  if (status === 200 && isRecord(document)) return document;
  // The provider's own code, such as invalid_grant. https://www.rfc-editor.org/rfc/rfc6749#section-5.2
  const code = isRecord(document) ? document.error : undefined;
  const said = typeof code === "string" && /^[a-z_]{1,40}$/.test(code) ? `${status} ${code}` : String(status);
  throw new Error(status === 200 ? `${host} gave no JSON` : `${host} answered ${said}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
