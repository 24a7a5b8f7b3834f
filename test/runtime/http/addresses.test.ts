import { describe, expect, it } from "vitest";
import { resolveHost } from "../../../runtime/http/addresses.ts";
import { type HttpHost, readHttpHost } from "../../../runtime/job/http-hosts.ts";

/** What the cluster's DNS answers, by name. */
const CLUSTER = { "prometheus.monitoring.svc": ["10.96.0.7"], "cache.team-a.svc": ["10.96.0.8"] };

async function resolve(host: HttpHost, hostname: string, answers: Readonly<Record<string, readonly string[]>>) {
  const known: Readonly<Record<string, readonly string[]>> = { ...CLUSTER, ...answers };
  return await resolveHost(hostname, readHttpHost(host), "team-a", async (name) => {
    const found = known[name];
    if (found === undefined) throw new Error(`${name} not found`);
    return found;
  });
}

describe("resolveHost", () => {
  it("returns public addresses", async () => {
    const addresses = ["203.0.113.9", "2606:4700::6810:85e5"];
    expect(await resolve("api.example.com", "api.example.com", { "api.example.com": addresses })).toEqual(addresses);
  });

  it.each([
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "fd12::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:a00:1::",
  ])("refuses a public name that resolves to %s", async (address) => {
    const answer = resolve("api.example.com", "api.example.com", { "api.example.com": ["203.0.113.9", address] });
    await expect(answer).rejects.toMatchObject({ reason: "NotDeclared", message: expect.stringContaining(address) });
  });

  it("allows a Service by its names in cluster DNS", async () => {
    const at7 = ["10.96.0.7"];
    for (const name of [
      "prometheus.monitoring",
      "prometheus.monitoring.svc",
      "prometheus.monitoring.svc.cluster.local",
    ]) {
      expect(await resolve(`${name}:9090`, name, { [name]: at7 })).toEqual(at7);
    }
    expect(await resolve("cache:6379", "cache", { cache: ["10.96.0.8"] })).toEqual(["10.96.0.8"]);
  });

  it("refuses a two-label name that only looks like a Service", async () => {
    await expect(resolve("example.com", "example.com", { "example.com": ["10.0.0.1"] })).rejects.toThrow(/10\.0\.0\.1/);
    const other = resolve("prometheus.monitoring", "prometheus.monitoring", { "prometheus.monitoring": ["10.0.0.1"] });
    await expect(other).rejects.toThrow(/10\.0\.0\.1/);
  });

  it("allows only declared ranges", async () => {
    const host = { host: "vault.corp.example:8200", addresses: ["10.20.0.0/16"] };
    const name = "vault.corp.example";
    expect(await resolve(host, name, { [name]: ["10.20.1.1"] })).toEqual(["10.20.1.1"]);
    await expect(resolve(host, name, { [name]: ["10.21.1.1"] })).rejects.toThrow(/10\.21\.1\.1/);
    await expect(resolve(host, name, { [name]: ["203.0.113.9"] })).rejects.toThrow(/203\.0\.113\.9/);
  });

  it("allows addresses and localhost if they are declared by name", async () => {
    expect(await resolve("10.1.2.3:80", "10.1.2.3", {})).toEqual(["10.1.2.3"]);
    expect(await resolve("localhost:80", "localhost", { localhost: ["127.0.0.1"] })).toEqual(["127.0.0.1"]);
  });

  it("never allows a cloud's metadata address for a Service's name", async () => {
    const name = "prometheus.monitoring.svc";
    await expect(resolve(name, name, { [name]: ["169.254.169.254"] })).rejects.toThrow(/169\.254/);
  });
});
