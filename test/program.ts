import { fileURLToPath } from "node:url";

/**
 * Path of the program that the suites start: the bundle as it is shipped, if $HMA_BUNDLE contains its path (test/all.sh), otherwise the
 * sources, so that a single suite needs no build. The bundle starts with half of the processor time.
 */
export const PROGRAM = process.env["HMA_BUNDLE"] ?? fileURLToPath(new URL("../src/main.ts", import.meta.url));
