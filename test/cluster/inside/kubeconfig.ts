import { readFile, writeFile } from "node:fs/promises";
import { type Client, pkiFile } from "./pki.ts";

/**
 * Writes a kubeconfig that holds its certificates itself, so that it can be read from anywhere.
 *
 * @param path the file to write
 * @param client whose it is
 * @param server the API server's URL
 */
export async function writeKubeconfig(path: string, client: Client, server: string): Promise<void> {
  const [authority, certificate, key] = await Promise.all([
    base64(pkiFile("ca", "crt")),
    base64(pkiFile(client, "crt")),
    base64(pkiFile(client, "key")),
  ]);
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "errand", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: client, user: { "client-certificate-data": certificate, "client-key-data": key } }],
    contexts: [{ name: "errand", context: { cluster: "errand", user: client, namespace: "default" } }],
    "current-context": "errand",
  };
  await writeFile(path, JSON.stringify(document, null, 2), { mode: 0o600 });
}

async function base64(path: string): Promise<string> {
  return await readFile(path, "base64");
}
