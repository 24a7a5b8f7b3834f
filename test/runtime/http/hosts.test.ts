import { describe, expect, it } from "vitest";
import { findHost, findHttpProblems, type HttpHost, readHttpHost } from "../../../runtime/job/http-hosts.ts";

function allows(hosts: readonly HttpHost[], url: string): boolean {
  return findHost(hosts.map(readHttpHost), new URL(url)) !== undefined;
}

describe("findHost", () => {
  it.each<[HttpHost, string]>([
    ["hooks.slack.com", "https://hooks.slack.com/services/x"],
    ["Hooks.Slack.com", "https://hooks.slack.com:443/"],
    ["hooks.slack.com", "https://hooks.slack.com./"],
    ["prometheus.monitoring:9090", "http://prometheus.monitoring:9090/api/v1/query?query=up"],
    ["example.com:80", "http://example.com/"],
    ["*.amazonaws.com", "https://s3.eu-west-1.amazonaws.com/"],
    ["10.1.2.3:8080", "http://10.1.2.3:8080/"],
    ["10.1.2.3:80", "http://0x0a.1.2.3/"],
    ["[fd00::1]:443", "https://[fd00:0::1]/"],
    ["bücher.example", "https://xn--bcher-kva.example/"],
    [{ host: "vault.corp.example:8200", addresses: ["10.0.0.0/8"] }, "https://vault.corp.example:8200/"],
  ])("%j allows %s", (host, url) => {
    expect(allows([host], url)).toBe(true);
  });

  it.each<[HttpHost, string]>([
    ["hooks.slack.com", "http://hooks.slack.com/"],
    ["hooks.slack.com", "https://hooks.slack.com:8443/"],
    ["hooks.slack.com", "https://evil.example/?hooks.slack.com"],
    ["hooks.slack.com", "https://hooks.slack.com@evil.example/"],
    ["hooks.slack.com", "https://hooks.slack.com.evil.example/"],
    ["*.amazonaws.com", "https://amazonaws.com/"],
    ["*.amazonaws.com", "https://evilamazonaws.com/"],
    ["10.1.2.3:80", "http://10.1.2.4/"],
  ])("%j does not allow %s", (host, url) => {
    expect(allows([host], url)).toBe(false);
  });

  it("prefers an exact name over a wildcard", () => {
    const hosts = ["*.example.com", { host: "db.example.com", addresses: ["10.0.0.0/8"] }].map(readHttpHost);
    expect(findHost(hosts, new URL("https://db.example.com"))?.addresses).toEqual(["10.0.0.0/8"]);
  });
});

describe("findHttpProblems", () => {
  it.each([
    [{}, "http"],
    [[], "http"],
    [["https://hooks.slack.com/services"], "http[0]"],
    [["hooks.slack.com", "hooks.slack.com/services"], "http[1]"],
    [["*"], "http[0]"],
    [["*.com"], "http[0]"],
    [["*.10.0.0.1"], "http[0]"],
    [["a.*.com"], "http[0]"],
    [["example.com:0"], "http[0]"],
    [["example.com:65536"], "http[0]"],
    [["fd00::1"], "http[0]"],
    [["user@example.com"], "http[0]"],
    [["exam ple.com"], "http[0]"],
    [[""], "http[0]"],
    [[7], "http[0]"],
    [[{ host: "db.example.com" }], "http[0].addresses"],
    [[{ host: "db.example.com", addresses: ["10.0.0.0"] }], "http[0].addresses"],
    [[{ host: "db.example.com", addresses: ["10.0.0.0/8"], port: 1 }], "http[0].addresses"],
  ])("refuses %j", (http, field) => {
    expect(findHttpProblems(http).map((each) => each.field)).toEqual([field]);
  });

  it("accepts hosts, and jobs without any", () => {
    expect(findHttpProblems(undefined)).toEqual([]);
    expect(findHttpProblems(["hooks.slack.com", { host: "a.b:1", addresses: ["10.0.0.0/8"] }])).toEqual([]);
  });
});
