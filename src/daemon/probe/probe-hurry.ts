import { shortServerName } from "../../model/snapshot/snapshot-facts.ts";
import type { DaemonParts } from "../daemon-parts.ts";

/**
 * Returns a function to call after each poll. It probes a server at once when one of its pools was recycled or the server came back from
 * maintenance: a new worker process starts its timer for fetching the published keys (at most 30 min) at its first Bearer request, and
 * the probe sends one.
 */
export function createHurry({ detection, organisation, probes }: Omit<DaemonParts, "checkpoints">): () => void {
  const newest = new Map<string, number>();
  return () => {
    const prober = probes.current()?.prober;
    if (prober === undefined) return;
    const changed = new Map<string, number>();
    const note = (server: string, atMs: number): void => {
      const key = keyOf(server);
      changed.set(key, Math.max(atMs, changed.get(key) ?? -Infinity));
    };
    for (const { name, workers } of detection.engine.servers) note(name, workers.recycles().at(-1)?.atMs ?? -Infinity);
    for (const { server, atMs } of organisation.state().activations) note(server, atMs);
    for (const { name } of prober.targets) {
      const atMs = changed.get(keyOf(name)) ?? -Infinity;
      if (atMs <= (newest.get(keyOf(name)) ?? -Infinity)) continue;
      newest.set(keyOf(name), atMs);
      prober.hurry(name);
    }
  };
}

function keyOf(server: string): string {
  return shortServerName(server).toLowerCase();
}
