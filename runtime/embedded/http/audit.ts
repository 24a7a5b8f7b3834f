/** One authenticated request, as in the API server's audit log. */
export interface AuditEvent {
  readonly user: string;
  readonly verb: string;
  /** The path, without its query. */
  readonly path: string;
  /** Empty for a non-resource request, like the next three. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  /** HTTP status code. */
  readonly code: number;
}

/** Older events are dropped. */
const KEPT_EVENTS = 10_000;

/** All authenticated requests, with the code of each answer. */
export class AuditLog {
  #events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS * 2) this.#events = this.#events.slice(-KEPT_EVENTS);
  }

  /** In the order of the answers. */
  get events(): readonly AuditEvent[] {
    return this.#events;
  }

  /** The requests of one service account. */
  ofServiceAccount(namespace: string, name: string): AuditEvent[] {
    return this.#events.filter(({ user }) => user === `system:serviceaccount:${namespace}:${name}`);
  }
}
