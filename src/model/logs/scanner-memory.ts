import type { SettledMemory } from "./settled-memory.ts";
import type { SuccessMemory } from "./success-memory.ts";
import type { WatchedClients } from "./watched-clients.ts";

/** Memory of a scanner that it shares with the engine: rows that need nothing else never leave it. */
export interface ScannerMemory extends SuccessMemory {
  readonly settled: SettledMemory;
  readonly watched: WatchedClients;
}
