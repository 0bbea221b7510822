import { fileURLToPath } from "node:url";
import { runCollection, type CollectionReply } from "./run-collection.ts";

/** How every collection is run. */
export interface PowerShellSettings {
  /** Path or name of the PowerShell to run; left out: `powershell.exe` on Windows, `pwsh` elsewhere. */
  readonly executable?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export const COLLECTION_SCRIPTS = [
  "collect-snapshot.ps1",
  "collect-events.ps1",
  "collect-workers.ps1",
  "collect-counters.ps1",
] as const;
export type CollectionScript = (typeof COLLECTION_SCRIPTS)[number];

/** Path of a script as it is installed: what a scheduled task runs. */
export function scriptPath(script: CollectionScript): string {
  return fileURLToPath(new URL(`./scripts/${script}`, import.meta.url));
}

/** Runs one of our scripts. Throws `CollectionError`. */
export function runScript(
  script: CollectionScript,
  parameters: Readonly<Record<string, unknown>>,
  settings: PowerShellSettings,
): Promise<CollectionReply> {
  return runCollection({ script: scriptPath(script), parameters, ...settings });
}

/** A part of a collection that could not be read; the text has been scrubbed of names. */
export interface PartError {
  readonly part: string;
  readonly text: string;
}
