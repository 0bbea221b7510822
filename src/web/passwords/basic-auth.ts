import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { costOf } from "./compare-password.ts";
import { PasswordQueue, type PasswordAnswer } from "./password-queue.ts";

export type AuthVerdict = "granted" | "denied" | "busy";

/**
 * Maximum numbers of remembered verdicts. Right and wrong passwords have separate limits, so that guesses do not displace right passwords.
 */
const MAX_RIGHT = 200;
const MAX_WRONG = 1_000;
/** Cost of the comparison for an unknown user if no user is configured. */
const USUAL_COST = 10;

/** The client and the credentials of a request. */
export interface Login {
  readonly authorization: string | undefined;
  /** The client as returned by `peerOf()`. */
  readonly peer: string;
}

/**
 * Checks `Authorization: Basic` against bcrypt hashes, off the event loop. A refusal takes the same time for known and unknown users.
 * Verdicts are remembered.
 */
export class BasicAuth {
  readonly #right = new LRUCache<string, true>({ max: MAX_RIGHT });
  readonly #wrong = new LRUCache<string, true>({ max: MAX_WRONG });
  /** Comparisons in progress, by the key under which their verdict is remembered. */
  readonly #underWay = new Map<string, Promise<PasswordAnswer>>();
  readonly #key = randomBytes(32);
  readonly #queue = new PasswordQueue();

  /** `busy` if too many passwords of this client wait for their comparison. */
  async check(users: ReadonlyMap<string, string>, { authorization, peer }: Login): Promise<AuthVerdict> {
    const credentials = credentialsOf(authorization);
    if (credentials === null) return "denied";
    const { user, password } = credentials;
    const hash = users.get(user) ?? null;
    const mostCost = [...users.values()].reduce((most, one) => Math.max(most, costOf(one)), 0) || USUAL_COST;
    const key = createHmac("sha256", this.#key)
      .update(JSON.stringify([hash, mostCost, user, password]))
      .digest("base64");
    if (this.#right.has(key)) return "granted";
    if (this.#wrong.has(key)) return "denied";
    const asked = this.#underWay.get(key) ?? this.#ask(key, peer, { password, hash, mostCost });
    const answer = await asked;
    if (answer === "busy") return "busy";
    (answer === "right" ? this.#right : this.#wrong).set(key, true);
    return answer === "right" ? "granted" : "denied";
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #ask(key: string, peer: string, question: Parameters<PasswordQueue["ask"]>[1]): Promise<PasswordAnswer> {
    const asked = this.#queue.ask(peer, question).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
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
