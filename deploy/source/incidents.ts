/** What is or was wrong with a job, as pages and `errand hub alerts` show it. Times are RFC 3339. */
export interface IncidentEntry {
  readonly id: string;
  readonly namespace: string;
  readonly job: string;
  readonly rule: string;
  /** The run with which it began. */
  readonly run?: string;
  readonly since: string;
  /** Runs, or missed starts. */
  readonly count: number;
  readonly words: string;
  /** What the newest run said of itself. */
  readonly evidence?: string;
  readonly nextStep: string;
  /** When it was over; absent while it goes on. */
  readonly closedAt?: string;
  readonly ending?: string;
  /** False: it was there before the hub, and nobody was told yet. */
  readonly isTold: boolean;
  readonly messages: readonly MessageEntry[];
}

/** A message on its way to a channel. */
export interface MessageEntry {
  /** The same each time it is sent, and what `errand hub alerts --resend` takes. */
  readonly id: string;
  readonly channel: string;
  readonly event: string;
  /** All of it in one line. */
  readonly title: string;
  readonly state: "waiting" | "sent" | "dead";
  readonly createdAt: string;
  readonly tries: number;
  readonly sentAt?: string;
  /** Of one that waits. */
  readonly nextAt?: string;
  readonly problem?: string;
}

/** How a channel does. */
export interface ChannelEntry {
  readonly name: string;
  readonly kind: string;
  readonly lastSentAt?: string;
  readonly tookMs?: number;
  readonly waiting: number;
  readonly dead: number;
}

/** A time in which the hub saw nothing. */
export interface GapEntry {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** What is wrong, and what was. */
export interface IncidentPage {
  readonly open: readonly IncidentEntry[];
  /** What ended last comes first. */
  readonly closed: readonly IncidentEntry[];
  readonly closedTotal: number;
  /** Where the next page of those that are over begins; absent on the last. */
  readonly after?: string;
  /** Messages that did not arrive. */
  readonly undelivered: readonly MessageEntry[];
  /** The newest first. */
  readonly gaps: readonly GapEntry[];
  readonly channels: readonly ChannelEntry[];
}

/** Incidents, where somebody looks out for them. */
export interface IncidentSource {
  openCount(): number;
  incidents(filter: { readonly after?: string; readonly limit: number }): IncidentPage;
  /** @returns undefined where there is none of that id */
  incident(id: string): IncidentEntry | undefined;
}
