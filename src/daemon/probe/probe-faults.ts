import type { Config } from "../../config/config-schema.ts";
import type { ConfigFault } from "../../config/config-fault.ts";
import { CredentialError, readCredential } from "../../probing/token-settings.ts";
import { readTrust, TrustError } from "../../probing/trust.ts";
import { faultsError } from "../configuration.ts";

/** Faults of a `probe:` section that its schema cannot find: unreadable files, and a farm without a list of servers to probe. */
export async function probeFaults({ probe, farm }: Config): Promise<readonly ConfigFault[]> {
  if (probe === null) return [];
  const faults: ConfigFault[] = [];
  if (farm !== null && probe.servers.length === 0)
    faults.push(
      fault("probe.servers", "an empty list", "with a farm, a list of its servers, each a map with name and address"),
    );
  const trust = await messageOf(readTrust(probe.caFile));
  if (trust !== null)
    faults.push(fault("probe.caFile", `"${String(probe.caFile)}" (${trust})`, "a file of certificates in PEM"));
  const { token } = probe;
  const credential = token === null ? null : await messageOf(readCredential(token));
  if (token === null || credential === null) return faults;
  const { secretFile, certificateFile, keyFile } = token;
  return [
    ...faults,
    secretFile === null
      ? fault(
          "probe.token",
          `"${String(certificateFile)}" and "${String(keyFile)}" (${credential})`,
          "a certificate and its unencrypted private key in PEM",
        )
      : fault("probe.token.secretFile", `"${secretFile}" (${credential})`, "a file with the secret"),
  ];
}

/** Throws a `UsageError` that lists all faults, one per line; does nothing without faults. */
export async function refuseProbeFaults(config: Config): Promise<void> {
  const faults = await probeFaults(config);
  if (faults.length > 0) throw faultsError(faults);
}

function fault(path: string, found: string, allowed: string): ConfigFault {
  return { path, found, allowed, line: null, column: null };
}

/** Message of a TrustError or CredentialError; null when `reading` succeeds. Rejects with any other error. */
async function messageOf(reading: Promise<unknown>): Promise<string | null> {
  try {
    await reading;
    return null;
  } catch (error) {
    if (error instanceof TrustError || error instanceof CredentialError) return error.message;
    throw error;
  }
}
