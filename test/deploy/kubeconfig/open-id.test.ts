import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { CA } from "../../runtime/kube/server/certificates.ts";
import { project } from "../../support/project.ts";
import { idToken, type OpenIdProvider, startOpenIdProvider } from "./open-id-provider.ts";

let folder: string;
let said: string;

beforeEach(() => {
  folder = project();
  said = "";
  for (const name of ["HTTPS_PROXY", "https_proxy", "KUBECONFIG"]) vi.stubEnv(name, "");
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const path = () => join(folder, "config");

/** A kubeconfig whose user has an id token, by default one that has ended. */
function kubeconfig({ issuer, refreshToken }: OpenIdProvider, more: object = {}): string {
  const provider = {
    "client-id": "errand",
    "id-token": idToken(-1),
    "idp-certificate-authority-data": Buffer.from(CA).toString("base64"),
    "idp-issuer-url": issuer,
    "refresh-token": refreshToken,
    ...more,
  };
  const config = {
    clusters: [{ name: "one", cluster: { server: "https://one.test" } }],
    users: [{ name: "one", user: { "auth-provider": { name: "oidc", config: provider } } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  };
  writeFileSync(path(), stringify(config));
  return path();
}

/** The provider's configuration in the file, as the next command finds it. */
function written(): Record<string, string> {
  return parse(readFileSync(path(), "utf8")).users[0].user["auth-provider"].config;
}

async function tokenOf(file: string): Promise<string | undefined> {
  return (await loadTarget({ kubeconfig: file })).config.token?.get();
}

describe("a user of an OpenID Connect provider", () => {
  it("uses the kubeconfig's id token while it is valid, and leaves the file alone", async () => {
    await using provider = await startOpenIdProvider();
    const holding = idToken(3_600);
    const before = readFileSync(kubeconfig(provider, { "id-token": holding }), "utf8");
    expect(await tokenOf(path())).toBe(holding);
    expect(provider.requests).toEqual([]);
    expect(readFileSync(path(), "utf8")).toBe(before);
  });

  it("gets one new id token for all requests after it expired, and finds both new tokens in the kubeconfig at the next command", async () => {
    await using provider = await startOpenIdProvider();
    const { token } = (await loadTarget({ kubeconfig: kubeconfig(provider) })).config;
    const given = await Promise.all([token?.get(), token?.get()]);
    expect(given).toEqual([written()["id-token"], written()["id-token"]]);
    expect(written()["refresh-token"]).toBe(provider.refreshToken);
    expect(await tokenOf(path())).toBe(given[0]);
    expect(provider.exchanged).toHaveLength(1);
    expect(said).toBe("");
  });

  it("renews its token each time it expires while the process runs", async () => {
    // Shorter than the time before its end at which a token is renewed.
    await using provider = await startOpenIdProvider({ lasts: 5 });
    const { token } = (await loadTarget({ kubeconfig: kubeconfig(provider) })).config;
    await token?.get();
    await token?.get();
    expect(provider.exchanged).toHaveLength(3);
    expect(written()["refresh-token"]).toBe(provider.refreshToken);
  });

  it("uses tokens that another program renewed meanwhile, and exchanges nothing", async () => {
    await using provider = await startOpenIdProvider({ lasts: 5 });
    const { token } = (await loadTarget({ kubeconfig: kubeconfig(provider) })).config;
    const theirs = idToken(3_600);
    kubeconfig(provider, { "id-token": theirs, "refresh-token": "of kubectl" });
    expect(await token?.get()).toBe(theirs);
    expect(provider.exchanged).toHaveLength(1);
    expect(written()["refresh-token"]).toBe("of kubectl");
  });

  it("keeps its refresh token when the provider returns no new one", async () => {
    await using provider = await startOpenIdProvider({ give: ({ refresh_token: _, ...rest }) => rest });
    const first = provider.refreshToken;
    const renewed = await tokenOf(kubeconfig(provider));
    expect(written()).toMatchObject({ "id-token": renewed, "refresh-token": first });
  });

  it("goes on with the new tokens, warns, and names no token when the kubeconfig cannot be written", async () => {
    await using provider = await startOpenIdProvider();
    const file = kubeconfig(provider);
    appendFileSync(file, "extensions: [&a 1, *a]\n");
    const before = readFileSync(file, "utf8");
    const { token } = (await loadTarget({ kubeconfig: file })).config;
    const renewed = await token?.get();
    expect(said).toMatch(
      /^warning: The renewed token of user "one" could not be written to .*config: it has YAML aliases/,
    );
    // Also after a 401, which makes it read a file that still has the old ones, and in a second connection.
    expect(await token?.get({ refresh: true })).toBe(renewed);
    expect(await (await loadTarget({ kubeconfig: file })).config.token?.get()).toBe(renewed);
    expect(provider.exchanged).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe(before);
    for (const secret of [renewed, provider.refreshToken]) expect(said).not.toContain(secret);
  });

  it.each([
    ["in the header when it has a secret", {}, "s e/c", `Basic ${Buffer.from("errand:s+e%2Fc").toString("base64")}`],
    ["in the header when there is no secret", {}, "", undefined],
    [
      "in the body when the provider takes only that",
      { token_endpoint_auth_methods_supported: ["client_secret_post"] },
      "s e/c",
      undefined,
    ],
  ])("identifies the kubeconfig's client %s", async (where, metadata, secret, header) => {
    await using provider = await startOpenIdProvider({ metadata });
    await tokenOf(kubeconfig(provider, { "client-secret": secret }));
    const [sent] = provider.exchanged;
    expect(provider.requests.at(-1)?.headers.authorization).toBe(header);
    expect(sent?.get("grant_type")).toBe("refresh_token");
    expect(sent?.get("client_id")).toBe(header === undefined ? "errand" : null);
    expect(sent?.get("client_secret")).toBe(where.includes("body") ? secret : null);
  });

  it.each([
    ["takes the refresh token no more", {}, { "refresh-token": "used" }, /127.0.0.1:\d+ answered 400 invalid_grant$/],
    ["gives no id token", { give: () => ({ refresh_token: "x" }) }, {}, /log in with the scope openid$/],
    ["names no endpoint", { metadata: { token_endpoint: undefined } }, {}, /names no token_endpoint$/],
    [
      "wants it without TLS",
      { metadata: { token_endpoint: "http://x/" } },
      {},
      /address http:\/\/x\/ is not an https URL$/,
    ],
    ["is not there", {}, { "idp-issuer-url": "https://127.0.0.1:1" }, /127.0.0.1:1 does not answer: .*ECONNREFUSED/],
    ["has another authority", {}, { "idp-certificate-authority-data": "" }, /does not answer: unable to verify/],
    [
      "has an authority that is none",
      {},
      { "idp-certificate-authority-data": "eA==" },
      /its idp-certificate-authority-data contains no certificate in PEM format$/,
    ],
    [
      "has an authority in a file that is not there",
      {},
      { "idp-certificate-authority-data": "", "idp-certificate-authority": "/gone" },
      /its idp-certificate-authority names \/gone, which cannot be read \(ENOENT\)$/,
    ],
    ["is not named", {}, { "idp-issuer-url": undefined }, /there is no idp-issuer-url to renew it with$/],
    ["has given no refresh token", {}, { "refresh-token": undefined }, /there is no refresh-token to renew it with$/],
  ])("gets the reason, without a token in it, when its provider %s", async (_what, options, more, message) => {
    await using provider = await startOpenIdProvider(options);
    const file = kubeconfig(provider, { "client-secret": "hidden-secret", ...more });
    const before = readFileSync(file, "utf8");
    const error = await tokenOf(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(message), exitCode: 77 });
    const shown = inspect(error, { depth: 10 });
    for (const secret of ["hidden-secret", provider.refreshToken, idToken(-1)]) expect(shown).not.toContain(secret);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("has its tokens written to its own file when KUBECONFIG names several", async () => {
    await using provider = await startOpenIdProvider();
    const { users, ...rest } = parse(readFileSync(kubeconfig(provider), "utf8"));
    const first = join(folder, "first");
    writeFileSync(first, stringify(rest));
    writeFileSync(path(), stringify({ users }));
    vi.stubEnv("KUBECONFIG", [first, path()].join(delimiter));
    const renewed = await (await loadTarget({})).config.token?.get();
    expect(written()["id-token"]).toBe(renewed);
    expect(parse(readFileSync(first, "utf8"))).toEqual(rest);
    expect(readdirSync(folder).sort()).toEqual(["config", "first"]);
  });
});
