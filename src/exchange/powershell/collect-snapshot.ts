import { parseSnapshot, type ParsedSnapshot } from "../../model/snapshot/parse-snapshot.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";

export interface SnapshotOptions {
  /** Exchange server to open a remote session to; left out: the cmdlets of this server. */
  readonly server?: string | undefined;
  /** Tries to reach Entra ID from the server: published keys, clock offset, the way out. True when left out. */
  readonly withOutbound?: boolean | undefined;
  /**
   * Asks the own server alone (or the one that `server` names) for what stands on each server. False when left out: all of the
   * organisation.
   */
  readonly ownServer?: boolean | undefined;
  /** The applicationHost.config of IIS; left out: the server's own. */
  readonly applicationHostConfig?: string | undefined;
}

export interface CollectedSnapshot extends ParsedSnapshot {
  /** The snapshot as the script wrote it: what `collect` prints. */
  readonly json: unknown;
  readonly durationMs: number;
}

/** The way out, the start of the shell and the answer need their part of the time: the script stops asking servers before it is over. */
function deadlineSeconds(timeoutMs: number): number {
  return Math.max(5, Math.floor((timeoutMs / 1_000) * 0.75));
}

/** Collects the organisation and the server. Throws `CollectionError`; parts that failed stand in the snapshot's `errors`. */
export async function collectSnapshot(
  settings: PowerShellSettings,
  options: SnapshotOptions = {},
): Promise<CollectedSnapshot> {
  const parameters = {
    NoOutbound: !(options.withOutbound ?? true),
    OwnServer: options.ownServer ?? false,
    DeadlineSeconds: deadlineSeconds(settings.timeoutMs),
    ...(options.server === undefined ? {} : { Server: options.server }),
    ...(options.applicationHostConfig === undefined ? {} : { ApplicationHostConfig: options.applicationHostConfig }),
  };
  const { value, durationMs } = await runScript("collect-snapshot.ps1", parameters, settings);
  return { ...parseSnapshot(value), json: value, durationMs };
}
