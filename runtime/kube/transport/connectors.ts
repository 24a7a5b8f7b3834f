import type { ClusterConfig } from "../config/cluster-config.ts";
import type { ClientCertificate } from "../requests/request.ts";
import { type Connector, openConnector } from "./connector.ts";

/** The current connector and its predecessors: a new one takes over when the cluster's CA bundle or the client's certificate changes. */
export class Connectors {
  readonly #config: ClusterConfig;
  readonly #timeoutMs: number;
  #trusted: ClusterConfig;
  #current: Promise<Connector> | undefined;
  #retired: Connector[] = [];
  /** Replaced certificates: a request that read one just before must not bring it back. */
  readonly #replaced = new WeakSet<ClientCertificate>();
  #certificate: ClientCertificate | undefined;
  #trust = 0;
  #renewing: Promise<void> | undefined;

  /** @param timeoutMs for a connection */
  constructor(config: ClusterConfig, timeoutMs: number) {
    this.#config = config;
    this.#trusted = config;
    this.#timeoutMs = timeoutMs;
  }

  /** Number of times the CA bundle has changed. */
  get trust(): number {
    return this.#trust;
  }

  /**
   * Returns the current connector.
   *
   * @param certificate of the client, if it may change
   * @throws {RangeError} for contradictory settings
   */
  async get(certificate: ClientCertificate | undefined): Promise<Connector> {
    if (certificate !== undefined) await this.#show(certificate);
    this.#current ??= openConnector(this.#trusted, this.#timeoutMs);
    const opening = this.#current;
    try {
      return await opening;
    } catch (error) {
      if (this.#current === opening) this.#current = undefined;
      throw error;
    }
  }

  /**
   * Re-reads the cluster's CA bundle, once for concurrent callers. New connections trust the new one; existing ones close when they become idle.
   *
   * @param since the value of `trust` when the failed request started
   * @returns true if the CA bundle has changed since
   */
  async renewTrust(since: number): Promise<boolean> {
    if (since === this.#trust) {
      this.#renewing ??= this.#readTrust().finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    return since !== this.#trust;
  }

  async destroy(): Promise<void> {
    for (const connector of this.#retired) connector.destroy();
    this.#retired = [];
    (await this.#current?.catch(() => undefined))?.destroy();
  }

  async #readTrust(): Promise<void> {
    const ca = await this.#config.readCa?.().catch(() => undefined);
    if (ca === undefined || ca === this.#trusted.ca) return;
    this.#trust += 1;
    await this.#takeOver({ ca });
  }

  async #show(certificate: ClientCertificate): Promise<void> {
    const { clientCertificate, clientKey } = this.#trusted;
    if (this.#certificate === certificate || this.#replaced.has(certificate)) return;
    if (this.#certificate !== undefined) this.#replaced.add(this.#certificate);
    this.#certificate = certificate;
    if (clientCertificate === certificate.certificate && clientKey === certificate.key) return;
    await this.#takeOver({ clientCertificate: certificate.certificate, clientKey: certificate.key });
  }

  async #takeOver(changed: Partial<ClusterConfig>): Promise<void> {
    this.#trusted = { ...this.#trusted, ...changed };
    const old = this.#current;
    this.#current = undefined;
    const connector = await old?.catch(() => undefined);
    if (connector === undefined) return;
    connector.retire();
    this.#retired = [...this.#retired.filter(({ isIdle }) => !isIdle), connector];
  }
}
