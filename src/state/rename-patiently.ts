import { rename } from "node:fs/promises";
import { pause } from "../reading/pause.ts";
import { errorCode } from "../reading/file-error.ts";

const MAX_TRIES = 10;

/**
 * Renames a file. Tries again for about five seconds if another process (a virus scanner, a backup) has it open, which Windows does not
 * permit. Throws the error of the last try.
 */
export async function renamePatiently(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (
        !["EPERM", "EBUSY", "EACCES"].includes(errorCode(error)) ||
        process.platform !== "win32" ||
        tries === MAX_TRIES
      )
        throw error;
      await pause(10 * 2 ** Math.min(tries, 6));
    }
  }
}
