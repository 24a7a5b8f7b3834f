import { expect, test } from "vitest";
import { loadInClusterConfig, SERVICE_ACCOUNT_FOLDER } from "../../../../runtime/kube/config/in-cluster.ts";
import { NotInClusterError } from "../../../../runtime/kube/errors/kube-error.ts";
import { CA, OTHER_CA } from "../server/certificates.ts";

const IN_POD = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
const MOUNTED: Record<string, string> = { token: "a-token", "ca.crt": CA, namespace: "shop" };

function load(env: Record<string, string | undefined>, files: Record<string, string | undefined> = MOUNTED) {
  return loadInClusterConfig({
    env,
    readFile: async (path) => {
      const content = files[path.slice(SERVICE_ACCOUNT_FOLDER.length + 1)];
      if (content === undefined) throw new Error(`ENOENT: ${path}`);
      return content;
    },
  });
}

test("loadInClusterConfig reads server, namespace, CA and token of a pod [A1]", async () => {
  const config = await load(IN_POD);
  expect(config).toMatchObject({ server: "https://10.96.0.1:443", namespace: "shop", ca: CA });
  expect(await config.token?.get()).toBe("a-token");
});

test.each([{}, { KUBERNETES_SERVICE_HOST: "", KUBERNETES_SERVICE_PORT: "" }])(
  "loadInClusterConfig uses kubernetes.default.svc if the variables are %j but the files exist [A1]",
  async (env) => {
    expect((await load(env)).server).toBe("https://kubernetes.default.svc");
  },
);

test.each([
  [{ KUBERNETES_SERVICE_HOST: "10.96.0.1" }, "KUBERNETES_SERVICE_PORT is not set"],
  [{ KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "" }, "KUBERNETES_SERVICE_PORT is not set"],
  [{ KUBERNETES_SERVICE_PORT: "443" }, "KUBERNETES_SERVICE_HOST is not set"],
])("loadInClusterConfig refuses one variable without the other: %j [A1]", async (env, message) => {
  await expect(load(env)).rejects.toThrow(message);
});

test.each([
  ["fd00::1", "443", "https://[fd00::1]:443"],
  ["fd00::1", "6443", "https://[fd00::1]:6443"],
  ["10.96.0.1", "80", "https://10.96.0.1:80"],
])(
  "in-cluster config puts IPv6 hosts in brackets and always uses https: host %s and port %s [A2]",
  async (host, port, url) => {
    const config = await load({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port });
    expect(config.server).toBe(url);
  },
);

test.each(["443x", "0", "70000", "-1", "1e3", " 443"])("loadInClusterConfig refuses the port %j [A3]", async (port) => {
  await expect(load({ ...IN_POD, KUBERNETES_SERVICE_PORT: port })).rejects.toThrow("expected a port from 1 to 65535");
});

test.each(["10.96.0.1/x", "user@evil.test", "a?b", "a#b", "a b"])(
  "loadInClusterConfig refuses the host %j [A3]",
  async (host) => {
    await expect(load({ ...IN_POD, KUBERNETES_SERVICE_HOST: host })).rejects.toThrow(NotInClusterError);
  },
);

test("loadInClusterConfig names automountServiceAccountToken if no token is mounted [A4]", async () => {
  const loading = load(IN_POD, { ...MOUNTED, token: undefined });
  await expect(loading).rejects.toMatchObject({
    name: "NotInClusterError",
    message: expect.stringContaining("automountServiceAccountToken: false"),
    hint: expect.stringContaining("automountServiceAccountToken: false"),
  });
  await expect(loading).rejects.toThrow(`${SERVICE_ACCOUNT_FOLDER}/token`);
});

test("loadInClusterConfig reports that it is not in a pod without variables and files [A1]", async () => {
  await expect(load({}, {})).rejects.toThrow("does not seem to run in a pod");
});

test.each(["", " \n"])("loadInClusterConfig refuses a token file with %j [A4]", async (token) => {
  await expect(load(IN_POD, { ...MOUNTED, token })).rejects.toThrow("the token is empty");
});

test("loadInClusterConfig trims the token [A4]", async () => {
  const config = await load(IN_POD, { ...MOUNTED, token: "a-token\n" });
  expect(await config.token?.get()).toBe("a-token");
});

test("loadInClusterConfig does not quote a token with an invalid character [O1]", async () => {
  const error = await load(IN_POD, { ...MOUNTED, token: "canary\u0001canary" }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NotInClusterError);
  expect(String(error)).not.toContain("canary");
});

test.each([
  [undefined, "the cluster's CA is missing"],
  ["garbage", "it has no certificate"],
  ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "cannot be used"],
  ["-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----", "one of its certificates is unreadable"],
  [CA.slice(0, CA.indexOf("-----END")), "one of its certificates is unreadable"],
  [CA.slice(0, 200) + CA, "one of its certificates is unreadable"],
  [CA + CA.slice(0, -30), "one of its certificates is unreadable"],
])("loadInClusterConfig refuses a ca.crt with %j [A5]", async (ca, message) => {
  await expect(load(IN_POD, { ...MOUNTED, "ca.crt": ca })).rejects.toThrow(message);
});

test("loadInClusterConfig keeps every certificate of the CA file [A7]", async () => {
  const config = await load(IN_POD, { ...MOUNTED, "ca.crt": CA + OTHER_CA });
  expect(config.ca?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
});

test.each([
  [{ POD_NAMESPACE: "from-env" }, "from-file\n", "from-env"],
  [{}, "from-file\n", "from-file"],
  [{}, undefined, "default"],
  [{}, " ", "default"],
])(
  "loadInClusterConfig takes the namespace from the variables, the file or the default: %j and %j [A6]",
  async (env, namespace, expected) => {
    const config = await load({ ...IN_POD, ...env }, { ...MOUNTED, namespace });
    expect(config.namespace).toBe(expected);
  },
);
