import type { BigIntStats } from "node:fs";

/**
 * Identity of a file: volume, inode and time of birth. The time of birth is part of it because a file system may reuse the inode of a
 * deleted file at once. Null where the file system has no inodes.
 */
export function fileIdOf(facts: BigIntStats): string | null {
  return facts.ino === 0n ? null : `${String(facts.dev)}:${String(facts.ino)}:${String(facts.birthtimeNs)}`;
}
