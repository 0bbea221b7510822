import { parseSnapshot, type ParsedSnapshot } from "../../model/snapshot/parse-snapshot.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";

export interface SnapshotOptions {
  /** Exchange server for a remote session; if left out, the cmdlets of this server are used. */
  readonly server?: string | undefined;
  /** Whether the script connects to Entra ID from the server, for published keys, clock offset and reachability. Default: true. */
  readonly withOutbound?: boolean | undefined;
  /**
   * Whether data that is stored on servers is read only from this server (or the one in `server`). Default: false, from all servers of the
   * organisation.
   */
  readonly ownServer?: boolean | undefined;
  /** Path of IIS's applicationHost.config. Default: that of the server. */
  readonly applicationHostConfig?: string | undefined;
}

export interface CollectedSnapshot extends ParsedSnapshot {
  /** The snapshot as the script wrote it; `collect` prints it. */
  readonly json: unknown;
  readonly durationMs: number;
}

/**
 * The script queries no further server after three quarters of the time-out. The rest is for the connection to Entra ID, the start of the
 * shell and the answer.
 */
function deadlineSeconds(timeoutMs: number): number {
  return Math.max(5, Math.floor((timeoutMs / 1_000) * 0.75));
}

/** Collects the organisation and the server. Throws `CollectionError`. Parts that failed are listed in the snapshot's `errors`. */
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
