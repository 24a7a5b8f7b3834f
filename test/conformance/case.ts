/** The sender: an administrator, a service account of the case's namespace, or a client with no token or a wrong one. */
export type Sender = "admin" | "nobody" | "reader" | "anonymous" | "stranger";

/** A request. In any text, `{word}` is replaced by a remembered value, `{ns}` by the case's namespace. */
export interface CaseRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly as?: Sender;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text that is sent unchanged. */
  readonly body?: unknown;
}

/** What must come back. */
export interface CaseExpectation {
  readonly status: number;
  /** Fields that the body must have, at any depth; others may be there. A list must have exactly these items. `undefined` means absent. */
  readonly body?: unknown;
  /** The lines of a watch, each JSON, compared as `body` is. */
  readonly lines?: readonly unknown[];
  /** The body's text, if it is not JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request of a case and its answer. */
export interface CaseStep {
  readonly send: CaseRequest;
  readonly expect: CaseExpectation;
  /** Word → dotted path of the value in the body that later steps use. */
  readonly remember?: Readonly<Record<string, string>>;
}

/** Something that the embedded API and the real API server must answer alike. Its steps run in order in a namespace of their own. */
export interface ConformanceCase {
  /** *verb does X when Y* */
  readonly title: string;
  readonly steps: readonly CaseStep[];
}
