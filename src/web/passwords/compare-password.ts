import { compareSync } from "bcryptjs";

/** A password and the hash to compare it with. */
export interface PasswordQuestion {
  readonly password: string;
  /** The user's bcrypt hash; null for a user that is not configured. */
  readonly hash: string | null;
  /** The highest cost of all configured hashes (base-2 logarithm of bcrypt's rounds). */
  readonly mostCost: number;
}

/** Salt and digest of a hash whose password nobody knows. */
const STAND_IN = "abcdefghijklmnopqrstuuYcYy0LDeoARzqL7sQYqEvGNoEFa2mBq";

/**
 * Whether the password is right. A refusal takes 2^mostCost rounds for every user name, so that its duration does not reveal which users
 * exist: 2^c + 2^c + 2^(c+1) + … + 2^(most-1) = 2^most. Blocks the thread for that time.
 */
export function isRightPassword({ password, hash, mostCost }: PasswordQuestion): boolean {
  if (hash !== null && compareSync(password, hash)) return true;
  for (const standIn of standInsFor(hash, mostCost)) compareSync(password, standIn);
  return false;
}

/** Further hashes with which a refused password is compared. */
export function standInsFor(hash: string | null, mostCost: number): readonly string[] {
  if (hash === null) return [standInOf(mostCost)];
  const cost = costOf(hash);
  return Array.from({ length: Math.max(0, mostCost - cost) }, (_, index) => standInOf(cost + index));
}

/** Cost of a bcrypt hash. Sample: 10 of `$2y$10$…` */
export function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}

function standInOf(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${STAND_IN}`;
}
