/** One request that was authenticated, as the API server's audit log would have it. */
export interface AuditEvent {
  readonly user: string;
  readonly verb: string;
  /** The path, without its query. */
  readonly path: string;
  /** Empty for a request about no resource, like the next three. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  /** The status code of the answer. */
  readonly code: number;
}

/** The oldest are forgotten beyond this. */
const KEPT_EVENTS = 10_000;

/** Who asked for what, and what he was answered. */
export class AuditLog {
  #events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS * 2) this.#events = this.#events.slice(-KEPT_EVENTS);
  }

  /** In the order of their answers. */
  get events(): readonly AuditEvent[] {
    return this.#events;
  }

  /** The requests of one service account. */
  ofServiceAccount(namespace: string, name: string): AuditEvent[] {
    return this.#events.filter(({ user }) => user === `system:serviceaccount:${namespace}:${name}`);
  }
}
