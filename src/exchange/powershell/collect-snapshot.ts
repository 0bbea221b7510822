import { parseSnapshot, type ParsedSnapshot } from "../../model/snapshot/parse-snapshot.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";

export interface SnapshotOptions {
  /** Exchange server to open a remote session to; left out: the cmdlets of this server. */
  readonly server?: string | undefined;
  /** Tries to reach Entra ID from the server: published keys, clock offset, the way out. True when left out. */
  readonly withOutbound?: boolean | undefined;
  /** The applicationHost.config of IIS; left out: the server's own. */
  readonly applicationHostConfig?: string | undefined;
}

export interface CollectedSnapshot extends ParsedSnapshot {
  /** The snapshot as the script wrote it: what `collect` prints. */
  readonly json: unknown;
  readonly durationMs: number;
}

/** Collects the organisation and the server. Throws `CollectionError`; parts that failed stand in the snapshot's `errors`. */
export async function collectSnapshot(
  settings: PowerShellSettings,
  options: SnapshotOptions = {},
): Promise<CollectedSnapshot> {
  const parameters = {
    NoOutbound: !(options.withOutbound ?? true),
    ...(options.server === undefined ? {} : { Server: options.server }),
    ...(options.applicationHostConfig === undefined ? {} : { ApplicationHostConfig: options.applicationHostConfig }),
  };
  const { value, durationMs } = await runScript("collect-snapshot.ps1", parameters, settings);
  return { ...parseSnapshot(value), json: value, durationMs };
}
