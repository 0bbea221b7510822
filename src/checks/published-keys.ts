import { keyStates } from "../model/snapshot/signing-keys.ts";
import type { KeyState } from "../model/snapshot/signing-keys.ts";
import { publishedKeysOf, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import type { CheckContext } from "./check.ts";

/**
 * Compares published and trusted keys. Uses the keys that the exporter fetched or those of the snapshot, whichever are
 * newer; null when AuthServers were not collected.
 */
export function keyStatesOf(snapshot: Snapshot, context: CheckContext): readonly KeyState[] | null {
  const trusted = trustedKeys(snapshot);
  if (trusted === null) return null;
  const names = new Set(trusted.map((server) => server.authServer.toLowerCase()));
  const published = [...publishedKeysOf(snapshot), ...(context.publishedKeys ?? [])];
  return keyStates(
    published.filter((set) => names.has(set.authServer.toLowerCase())),
    trusted,
    context.nowMs,
  );
}
