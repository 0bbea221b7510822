import { setFlagsFromString } from "node:v8";

/**
 * Keeps the space of young objects at the size it has. V8 doubles it under a stream of short-lived rows, up to three times 16 MiB, which makes nothing
 * here faster and keeps rows that wait for their other sight alive longer. To be called before the stream begins; holds for the process.
 */
export function boundHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
