import { createHash } from "node:crypto";
import { compare } from "bcryptjs";
import { LRUCache } from "lru-cache";

export type AuthVerdict = "granted" | "denied" | "busy";

/** Compared with when the user is unknown and nobody is configured; nobody knows its password. */
const STAND_IN_HASH = "$2b$10$abcdefghijklmnopqrstuuYcYy0LDeoARzqL7sQYqEvGNoEFa2mBq";

/** Verdicts remembered. */
const MOST_REMEMBERED = 1000;

/** Passwords being compared and waiting at once; bcrypt is slow on purpose, and must not become a way to stop the exporter. */
const MOST_WAITING = 16;

/**
 * Checks `Authorization: Basic` against bcrypt hashes. An unknown user costs as much as a wrong password; a verdict is
 * remembered, and passwords are compared one after the other.
 */
export class BasicAuth {
  readonly #verdicts = new LRUCache<string, boolean>({ max: MOST_REMEMBERED });
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `busy` when too many passwords wait to be compared. */
  async check(users: ReadonlyMap<string, string>, authorization: string | undefined): Promise<AuthVerdict> {
    const credentials = credentialsOf(authorization);
    if (credentials === null) return "denied";
    const hash = users.get(credentials.user);
    const compared = hash ?? users.values().next().value ?? STAND_IN_HASH;
    const key = createHash("sha256")
      .update(JSON.stringify([hash === undefined, compared, credentials.user, credentials.password]))
      .digest("base64");
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known ? "granted" : "denied";
    if (this.#waiting >= MOST_WAITING) return "busy";
    const isRight = (await this.#compareInTurn(credentials.password, compared)) && hash !== undefined;
    this.#verdicts.set(key, isRight);
    return isRight ? "granted" : "denied";
  }

  async #compareInTurn(password: string, hash: string): Promise<boolean> {
    this.#waiting++;
    const turn = this.#last.then(() => compare(password, hash));
    this.#last = turn.catch(() => false);
    try {
      return await turn;
    } catch {
      return false;
    } finally {
      this.#waiting--;
    }
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function credentialsOf(authorization: string | undefined): Credentials | null {
  // Sample: Basic cHJvbWV0aGV1czpzZWNyZXQ=
  const encoded = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
