import type { DaemonParts } from "../daemon-parts.ts";

/**
 * Called after each poll: a server of whose pools a worker was replaced, or that came back from maintenance, is probed at once. That first Bearer
 * request is what starts a new worker's clock.
 */
export function createHurry({ detection, organisation, probes }: Omit<DaemonParts, "checkpoints">): () => void {
  const newest = new Map<string, number>();
  return () => {
    const prober = probes.current()?.prober;
    for (const { name } of prober?.targets ?? []) {
      const isNamed = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
      const server = detection.engine.servers.find((one) => isNamed(one.name));
      const recycledMs = server?.workers.recycles().at(-1)?.atMs ?? -Infinity;
      const backMs = organisation.state().activations.findLast((one) => isNamed(one.server))?.atMs ?? -Infinity;
      const atMs = Math.max(recycledMs, backMs);
      if (atMs > (newest.get(name) ?? -Infinity)) {
        newest.set(name, atMs);
        prober?.hurry(name);
      }
    }
  };
}
