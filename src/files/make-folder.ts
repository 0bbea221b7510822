import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes the folder and those it stands in, as far as they are missing. Each is tried twice at most: Node's own recursive mkdir never ends
 * where a folder can be neither found nor made (below /proc). Throws what the file system throws.
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
