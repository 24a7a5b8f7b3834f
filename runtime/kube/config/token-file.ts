import type { TokenSource } from "./cluster-config.ts";

/** How long a token is cached, in milliseconds: the kubelet replaces it well before it expires. https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken */
const REREAD_MS = 50_000;

interface TokenFileParts {
  readonly read: () => Promise<string>;
  /** Monotonic time in milliseconds. */
  readonly now?: () => number;
  /** Called when the token cannot be re-read and the last one stays in use. */
  readonly onWarning?: (text: string) => void;
}

/**
 * A token that Kubernetes mounts as a file and rotates while the pod runs.
 *
 * @param first the token as first read
 */
export function tokenFile(first: string, { read, now = Date.now, onWarning }: TokenFileParts): TokenSource {
  let token = first;
  let readAt = now();
  let reading: Promise<void> | undefined;

  const reread = async () => {
    try {
      token = cleanToken(await read());
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      onWarning?.(`could not re-read the service account's token, still using the last one: ${problem}`);
    }
    readAt = now();
  };

  return {
    async get({ refresh = false } = {}) {
      if (refresh || now() - readAt >= REREAD_MS) {
        reading ??= reread().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return token;
    },
  };
}

/**
 * Trims a token and checks that it is valid in a header.
 * @throws {RangeError} whose message never contains the token
 */
export function cleanToken(text: string): string {
  const token = text.trim();
  if (token === "") throw new RangeError("the token is empty");
  if (!/^[\x21-\x7e]+$/.test(token)) throw new RangeError("the token has characters that a header cannot contain");
  return token;
}
