import { readFileSync } from "node:fs";
import { isRecord } from "../../runtime/job/problem.ts";
import { proxyFromEnvironment } from "../../runtime/kube/config/proxy-environment.ts";
import { authoritiesIn } from "./certificates.ts";
import { type OpenIdTokens, tokensOf } from "./keep-tokens.ts";

/** Time for one request to a provider, its answer included, in milliseconds: a person waits. */
const TIMEOUT_MS = 30_000;
/** Of an answer, in bytes: a provider's documents are a few KB. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const ACCEPT = { accept: "application/json" };

/**
 * Exchanges the refresh token of a kubeconfig's auth provider for new tokens.
 * https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens
 *
 * @param config of the auth provider
 * @param timeoutMs for each of its two requests, in milliseconds
 * @throws {Error} whose message holds no token and no secret, and which has no cause
 */
export async function exchangeRefreshToken(
  config: Readonly<Record<string, unknown>>,
  timeoutMs = TIMEOUT_MS,
): Promise<OpenIdTokens> {
  const { refreshToken } = tokensOf(config);
  if (refreshToken === "") throw new Error("its id-token has expired, and there is no refresh-token to renew it with");
  const issuer = textIn(config, "idp-issuer-url");
  const client = { id: textIn(config, "client-id"), secret: String(config["client-secret"] ?? "") };
  const connection = { ca: authorities(config), timeoutMs };
  const { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } = await discover(
    issuer,
    connection,
  );
  if (typeof endpoint !== "string") throw new Error(`the identity provider ${issuer} names no token_endpoint`);
  const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
  const answer = await ask(endpoint, connection, { method: "POST", ...identified(grant, client, methods) });
  const { id_token: idToken, refresh_token: next } = answer;
  if (typeof idToken !== "string" || idToken === "") {
    throw new Error("the identity provider returned no id-token: log in with the scope openid");
  }
  return { idToken, refreshToken: typeof next === "string" && next !== "" ? next : refreshToken };
}

function textIn(config: Readonly<Record<string, unknown>>, field: string): string {
  const value = config[field];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`its id-token has expired, and there is no ${field} to renew it with`);
}

/** Data wins over a file, as everywhere in a kubeconfig. */
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
function discover(issuer: string, connection: Connection): Promise<Readonly<Record<string, unknown>>> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return ask(url, connection, { method: "GET", headers: ACCEPT });
}

/**
 * Names the client: in the header, which every provider must accept, or in the body if the provider says that it accepts nothing else. Without a secret
 * there is only the name. https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
function identified(
  grant: Readonly<Record<string, string>>,
  { id, secret }: { readonly id: string; readonly secret: string },
  methods: unknown,
): Pick<ProviderRequest, "headers" | "body"> {
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

interface Connection {
  /** In PEM; undefined for the authorities that Node trusts. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
}

interface ProviderRequest {
  readonly method: "GET" | "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
}

interface ProviderAnswer {
  readonly status: number;
  readonly text: string;
}

/** Asks the provider, and follows no redirect. */
async function ask(
  address: string,
  connection: Connection,
  request: ProviderRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const url = URL.parse(address);
  if (url?.protocol !== "https:") throw new Error(`the identity provider's address ${address} is not an https URL`);
  const { status, text } = await send(url, connection, request);
  const document = parsed(text);
  if (status === 200 && isRecord(document)) return document;
  // The provider's own code, such as invalid_grant. https://www.rfc-editor.org/rfc/rfc6749#section-5.2
  const code = isRecord(document) ? document.error : undefined;
  const said = typeof code === "string" && /^[a-z_]{1,40}$/.test(code) ? `${status} ${code}` : String(status);
  throw new Error(status === 200 ? `${url.host} did not answer with a JSON object` : `${url.host} answered ${said}`);
}

/** undici is loaded only here, when tokens are exchanged: it takes a tenth of a second. */
async function send(url: URL, { ca, timeoutMs }: Connection, sent: ProviderRequest): Promise<ProviderAnswer> {
  const proxy = proxyFor(url);
  const { Agent, ProxyAgent, request } = await import("undici");
  const limits = { allowH2: false, maxResponseSize: MAX_ANSWER_BYTES };
  // As for the cluster: a listed authority is an anchor, whoever signed it, and NODE_TLS_REJECT_UNAUTHORIZED is ignored.
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }) };
  const dispatcher =
    proxy === undefined
      ? new Agent({ ...limits, connect: tls })
      : new ProxyAgent({ ...limits, uri: proxy.href, requestTls: tls });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, body } = await request(url, { ...sent, dispatcher, signal });
    return { status: statusCode, text: await body.text() };
  } catch (error) {
    const problem = signal.aborted ? `no whole answer within ${timeoutMs / 1_000} s` : problemOf(error);
    const through = proxy === undefined ? "" : ` through the proxy ${proxy.origin}`;
    throw new Error(`${url.host} does not answer${through}: ${problem}`);
  } finally {
    await dispatcher.destroy();
  }
}

/** kubectl's rule for NO_PROXY, as for the cluster: undici's own knows no CIDR and would use a proxy for loopback. */
function proxyFor(url: URL): URL | undefined {
  const address = proxyFromEnvironment(url.origin, process.env);
  if (address === undefined) return undefined;
  const proxy = URL.parse(address);
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new Error(`HTTPS_PROXY, through which ${url.host} is asked, is not the URL of an http or https proxy`);
}

function problemOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `its answer is larger than ${MAX_ANSWER_BYTES} bytes`;
  // A failing proxy has its reason in the cause. If several addresses failed, there is only a code.
  return (cause instanceof Error && cause.message) || message || (code ?? "unknown error");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
