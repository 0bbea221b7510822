import { CERTIFICATE_A, EVOSTS, goodSnapshot, THUMBPRINT_A, THUMBPRINT_B } from "../../checks/good-snapshot.ts";
import type { Json } from "../../checks/good-snapshot.ts";
import { DAY_MS, MINUTE_MS } from "../../../src/model/durations.ts";

/** Snapshots of a correct organisation: all checks pass, and AD has the published keys. */
export function healthySnapshots(nowMs: number): readonly unknown[] {
  return [snapshotAt(nowMs - 5 * MINUTE_MS, [THUMBPRINT_A])];
}

/** Snapshots of an exposed organisation: EnableAuthAdminReadSession is off, and the keys were rolled two hours ago. */
export function exposedSnapshots(nowMs: number): readonly unknown[] {
  return [
    snapshotAt(nowMs - 135 * MINUTE_MS, [THUMBPRINT_A]),
    snapshotAt(nowMs - 120 * MINUTE_MS, [THUMBPRINT_A, THUMBPRINT_B]),
    snapshotAt(nowMs - 5 * MINUTE_MS, [THUMBPRINT_A, THUMBPRINT_B]),
  ].map((snapshot) => ({
    ...snapshot,
    organizationConfig: { ...snapshot.organizationConfig, EnableAuthAdminReadSession: false },
  }));
}

/** AD trusts only key A. */
function snapshotAt(atMs: number, published: readonly string[]): Json {
  const snapshot = goodSnapshot();
  snapshot.at = new Date(atMs).toISOString();
  snapshot.authServers[0].CertificateStrings = [CERTIFICATE_A];
  snapshot.keys = [{ Issuer: EVOSTS, Keys: published.map((Thumbprint) => ({ Thumbprint })) }];
  snapshot.authAdmin = { LastRunUtc: new Date(atMs - 10 * MINUTE_MS).toISOString() };
  for (const certificate of snapshot.certificates) certificate.NotAfter = new Date(atMs + 900 * DAY_MS).toISOString();
  return snapshot;
}
