import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { updatesOf, organisationHistory } from "../../../src/engine/history/history-organisation.ts";
import { parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import type { WindowsEventRow } from "../../../src/model/row.ts";
import type { Snapshot } from "../../../src/model/snapshot/snapshot.ts";
import {
  CERTIFICATE_A,
  CERTIFICATE_B,
  EVOSTS,
  goodSnapshot,
  THUMBPRINT_A,
  THUMBPRINT_B,
  type Json,
} from "../../checks/good-snapshot.ts";

function snapshotAt(at: string, change: (json: Json) => void = () => undefined): Snapshot {
  const json = goodSnapshot();
  json.at = at;
  json.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_A }] }];
  change(json);
  return parseSnapshot(json).snapshot;
}

const rolled = (json: Json): void => {
  json.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_A }, { Thumbprint: THUMBPRINT_B }] }];
};
const trusted = (json: Json): void => {
  json.authServers[0].CertificateStrings = [CERTIFICATE_A, CERTIFICATE_B];
};

function authAdmin(at: string, name: "trusted_issuer_updated" | "auth_admin_completed"): WindowsEventRow {
  return {
    kind: "event",
    atMs: Date.parse(at),
    eventKey: Date.parse(at),
    label: "MSExchange AuthAdmin",
    event: { fact: "auth_admin", name },
  };
}

/** Entra ID rolls its keys, the organisation is exposed for two hours, AuthAdmin writes the key to AD. */
const SNAPSHOTS = [
  snapshotAt("2026-11-22T06:00:00Z"),
  snapshotAt("2026-11-22T07:00:00Z", rolled),
  snapshotAt("2026-11-22T08:00:00Z", (json) => {
    rolled(json);
    json.organizationConfig.OAuth2ClientProfileEnabled = false;
  }),
  snapshotAt("2026-11-22T09:30:00Z", (json) => {
    rolled(json);
    trusted(json);
  }),
];
const EVENTS = [
  authAdmin("2026-11-22T09:00:00Z", "trusted_issuer_updated"),
  authAdmin("2026-11-22T09:01:00Z", "auth_admin_completed"),
];

describe("organisationHistory()", () => {
  const history = organisationHistory(updatesOf(SNAPSHOTS, EVENTS));

  test("returns each key change once, with the time of its event if there is one", () => {
    expect(history.keyChanges).toEqual([
      { kind: "entra_keys_published", at: "2026-11-22T07:00:00.000Z" },
      { kind: "ad_keys_updated", at: "2026-11-22T09:00:00.000Z" },
    ]);
  });

  test("returns how many keys were missing at each time", () => {
    expect(history.facts.missingKeys.map(({ atMs, count }) => [new Date(atMs).toISOString(), count])).toEqual([
      ["2026-11-22T06:00:00.000Z", 0],
      ["2026-11-22T07:00:00.000Z", 1],
      ["2026-11-22T09:30:00.000Z", 0],
    ]);
  });

  test("a failed check lasts from the snapshot that shows it to the first one without it", () => {
    const spans = history.facts.failedChecks.filter(({ check }) => check === "modern_auth_enabled");
    expect(spans.map(({ atMs, untilMs }) => [atMs, untilMs])).toEqual([
      [Date.parse("2026-11-22T08:00:00Z"), Date.parse("2026-11-22T09:30:00Z")],
    ]);
  });

  test("takes the time of AuthAdmin's last run from its event", () => {
    expect(history.state.authAdminRunMs).toBe(Date.parse("2026-11-22T09:01:00Z"));
  });

  test("is the same for any order of snapshots and events", () => {
    const shuffled = fc.record({
      snapshots: fc.shuffledSubarray(SNAPSHOTS, { minLength: SNAPSHOTS.length }),
      events: fc.shuffledSubarray(EVENTS, { minLength: EVENTS.length }),
    });
    fc.assert(
      fc.property(shuffled, ({ snapshots, events }) => {
        expect(organisationHistory(updatesOf(snapshots, events))).toEqual(history);
      }),
      { numRuns: 30 },
    );
  });
});
