import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Creates a folder and its missing parents. Tries each at most twice: the recursive mkdir of Node.js never ends where a folder can neither
 * be found nor created (below /proc). Throws errors of the file system.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
    const parent = dirname(path);
    if (code === "ENOENT" && parent !== path) {
      await makeFolder(parent, mode);
      await mkdir(path, { mode });
    } else if (code !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
  }
}
