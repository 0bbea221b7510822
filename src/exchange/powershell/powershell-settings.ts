import { fileURLToPath } from "node:url";
import { runCollection, type CollectionReply } from "./run-collection.ts";

/** Settings for all collections. */
export interface PowerShellSettings {
  /** Path or name of the PowerShell to run. Default: `powershell.exe` on Windows, `pwsh` on other systems. */
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

/** Path of an installed script, which a scheduled task can run. */
export function scriptPath(script: CollectionScript): string {
  return fileURLToPath(new URL(`./scripts/${script}`, import.meta.url));
}

/** Runs one of the shipped scripts. Throws `CollectionError`. */
export function runScript(
  script: CollectionScript,
  parameters: Readonly<Record<string, unknown>>,
  settings: PowerShellSettings,
): Promise<CollectionReply> {
  return runCollection({ script: scriptPath(script), parameters, ...settings });
}

/** A part of a collection that could not be read. Names were removed from the text. */
export interface PartError {
  readonly part: string;
  readonly text: string;
}
