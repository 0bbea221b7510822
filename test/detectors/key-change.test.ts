import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  keyChangeFinding,
  keyChanges,
  MAX_CHANGES,
  MAX_SOURCES,
  NO_KEY_HISTORY,
  stepKeys,
} from "../../src/detectors/key-change.ts";
import { observeEvent, observePublished, observeSnapshot } from "../../src/detectors/key-observation.ts";
import type { KeyObservation } from "../../src/detectors/key-observation.ts";
import { KEY_CHANGE_KINDS } from "../../src/model/label-values.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import type { AuthAdminEventName } from "../../src/model/row.ts";
import {
  CERTIFICATE_A,
  CERTIFICATE_B,
  EVOSTS,
  goodSnapshot,
  THUMBPRINT_A,
  THUMBPRINT_B,
} from "../checks/good-snapshot.ts";
import type { Json } from "../checks/good-snapshot.ts";

const DAY = "2026-11-22T";
const at = (time: string): number => Date.parse(`${DAY}${time}:00Z`);

/** Observations of a server's snapshot at a time of day. */
function snapshot(
  time: string,
  change: (json: Json) => void = () => undefined,
  server = "EX01",
): readonly KeyObservation[] {
  const json = goodSnapshot();
  json.at = `${DAY}${time}:00Z`;
  json.server = server;
  change(json);
  return observeSnapshot(parseSnapshot(json).snapshot);
}
const trusting =
  (...certificates: string[]) =>
  (json: Json): void => {
    json.authServers[0].CertificateStrings = certificates;
  };
const published = (time: string, ...thumbprints: string[]): readonly KeyObservation[] =>
  observePublished({
    issuer: "evosts",
    authServer: EVOSTS,
    fetchedAtMs: at(time),
    isStandIn: false,
    keys: thumbprints.map((thumbprint) => ({ thumbprint, kid: null, notAfterMs: null })),
  });
const event = (
  time: string,
  name: AuthAdminEventName,
  label = "MSExchange AuthAdmin 2013",
): readonly KeyObservation[] =>
  observeEvent({ kind: "event", atMs: at(time), eventKey: 1, label, event: { fact: "auth_admin", name } });
/** `<kind> <time of day>`, and the start of the window if the time is not exact. */
const fullRow = (observations: readonly (readonly KeyObservation[])[]): readonly string[] =>
  keyChanges(observations.flat()).map(
    (change) =>
      `${change.kind} ` +
      `${new Date(change.atMs).toISOString().slice(11, 16)}${change.afterMs === null ? "" : ` after ${new Date(change.afterMs).toISOString().slice(11, 16)}`}`,
  );

const OLD = trusting(CERTIFICATE_A);
const NEW = trusting(CERTIFICATE_A, CERTIFICATE_B);

describe("keyChanges()", () => {
  test.each([
    { name: "one sight tells nothing", seen: [snapshot("10:00"), published("10:00", THUMBPRINT_A)], changes: [] },
    {
      name: "nothing changes",
      seen: [snapshot("10:00"), snapshot("10:15"), published("10:00", THUMBPRINT_A), published("11:00", THUMBPRINT_A)],
      changes: [],
    },
    {
      name: "Entra ID publishes another key",
      seen: [
        published("10:00", THUMBPRINT_A),
        published("11:00", THUMBPRINT_A, THUMBPRINT_B),
        published("12:00", THUMBPRINT_B, THUMBPRINT_A),
      ],
      changes: ["entra_keys_published 11:00 after 10:00"],
    },
    {
      name: "an overlap and its end are two changes",
      seen: [
        published("10:00", THUMBPRINT_A),
        published("11:00", THUMBPRINT_A, THUMBPRINT_B),
        published("12:00", THUMBPRINT_B),
      ],
      changes: ["entra_keys_published 11:00 after 10:00", "entra_keys_published 12:00 after 11:00"],
    },
    {
      name: "AD is updated between two snapshots",
      seen: [snapshot("10:00", OLD), snapshot("10:15", NEW)],
      changes: ["ad_keys_updated 10:15 after 10:00"],
    },
    {
      name: "AD contains the time at which the object was written",
      seen: [
        snapshot("10:00", OLD),
        snapshot("10:15", (json) => {
          NEW(json);
          json.authServers[0].WhenChangedUTC = `${DAY}10:07:00Z`;
        }),
      ],
      changes: ["ad_keys_updated 10:07"],
    },
    { name: "an event tells it", seen: [event("10:07", "trusted_issuer_updated")], changes: ["ad_keys_updated 10:07"] },
    {
      name: "an event and the snapshot after it are one",
      seen: [snapshot("10:00", OLD), event("10:07", "trusted_issuer_updated"), snapshot("10:15", NEW)],
      changes: ["ad_keys_updated 10:07"],
    },
    {
      name: "an event, and a server that sees it only after replication",
      seen: [
        snapshot("10:00", OLD),
        event("10:07", "trusted_issuer_updated"),
        snapshot("10:15", OLD),
        snapshot("11:15", NEW),
      ],
      changes: ["ad_keys_updated 10:07"],
    },
    {
      name: "an event, its snapshot, and another update after them",
      seen: [
        snapshot("10:00", OLD),
        event("10:07", "trusted_issuer_updated"),
        snapshot("10:15", NEW),
        snapshot("10:30", trusting(CERTIFICATE_B)),
      ],
      changes: ["ad_keys_updated 10:07", "ad_keys_updated 10:30 after 10:15"],
    },
    {
      name: "an event long before is another change",
      seen: [event("02:00", "trusted_issuer_updated"), snapshot("10:00", OLD), snapshot("10:15", NEW)],
      changes: ["ad_keys_updated 02:00", "ad_keys_updated 10:15 after 10:00"],
    },
    {
      name: "one run reports each issuer",
      seen: [event("10:07", "trusted_issuer_updated"), event("10:08", "trusted_issuer_updated")],
      changes: ["ad_keys_updated 10:07"],
    },
    {
      name: "two runs",
      seen: [event("10:07", "trusted_issuer_updated"), event("22:07", "trusted_issuer_updated")],
      changes: ["ad_keys_updated 10:07", "ad_keys_updated 22:07"],
    },
    {
      name: "two servers see the same update",
      seen: [
        snapshot("10:00", OLD),
        snapshot("10:05", OLD, "EX02"),
        snapshot("10:15", NEW),
        snapshot("10:20", NEW, "EX02"),
      ],
      changes: ["ad_keys_updated 10:15 after 10:00"],
    },
    {
      name: "two servers, one of them an hour late",
      seen: [
        snapshot("10:00", OLD),
        snapshot("10:20", OLD, "EX02"),
        snapshot("10:15", NEW),
        snapshot("11:20", NEW, "EX02"),
      ],
      changes: ["ad_keys_updated 10:15 after 10:00"],
    },
    {
      name: "a server and this program see the same roll-over",
      seen: [
        published("10:00", THUMBPRINT_A),
        published("11:00", THUMBPRINT_B),
        snapshot("10:15", (json) => {
          json.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_A }] }];
        }),
        snapshot("11:15", (json) => {
          json.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_B }] }];
        }),
      ],
      changes: ["entra_keys_published 11:00 after 10:00"],
    },
    {
      name: "there and back",
      seen: [published("10:00", THUMBPRINT_A), published("11:00", THUMBPRINT_B), published("12:00", THUMBPRINT_A)],
      changes: ["entra_keys_published 11:00 after 10:00", "entra_keys_published 12:00 after 11:00"],
    },
    {
      name: "the auth certificate is staged and then takes over",
      seen: [
        snapshot("10:00"),
        snapshot("11:00", (json) => {
          json.authConfig.NextCertificateThumbprint = THUMBPRINT_B;
        }),
        event("11:30", "current_signing_updated", "MSExchange AuthAdmin 2014"),
        snapshot("12:00", (json) => {
          Object.assign(json.authConfig, {
            PreviousCertificateThumbprint: json.authConfig.CurrentCertificateThumbprint,
            CurrentCertificateThumbprint: THUMBPRINT_B,
          });
        }),
      ],
      changes: [
        "auth_certificate_next_changed 11:00 after 10:00",
        "auth_certificate_current_changed 11:30",
        "auth_certificate_next_changed 12:00 after 11:00",
        "auth_certificate_previous_changed 12:00 after 11:00",
      ],
    },
    {
      name: "missing data is not a change",
      seen: [
        snapshot("10:00", OLD),
        snapshot("10:15", (json) => {
          delete json.authServers;
          delete json.authConfig;
        }),
        snapshot("10:30", OLD),
      ],
      changes: [],
    },
    {
      name: "a disabled AuthServer and one of another issuer are ignored",
      seen: [
        snapshot("10:00", OLD),
        snapshot("10:15", (json) => {
          NEW(json);
          json.authServers[0].Enabled = false;
        }),
        snapshot("10:30", (json) => {
          NEW(json);
          json.authServers[0].Type = "MicrosoftACS";
        }),
      ],
      changes: [],
    },
    {
      name: "other events are ignored",
      seen: [event("10:07", "auth_admin_completed"), event("10:08", "unable_to_access_metadata")],
      changes: [],
    },
  ])("$name", ({ seen, changes }) => {
    expect(fullRow(seen)).toEqual(changes);
    expect(fullRow([...seen].reverse())).toEqual(changes);
  });

  test("reports the time window and the numbers of keys", () => {
    const [change] = keyChanges([...snapshot("10:00", OLD), ...snapshot("10:15", NEW)]);
    expect(change?.text).toBe(
      "signing keys trusted in AD changed between 2026-11-22 10:00:00 UTC and 2026-11-22 10:15:00 UTC: 1 added, 0 removed, 2 now",
    );
    expect(change === undefined ? null : keyChangeFinding(change)).toEqual({
      kind: "ad_keys_updated",
      at: "2026-11-22T10:15:00.000Z",
    });
  });

  test("does not depend on the order of observations", () => {
    const times = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:00`);
    const one = fc.oneof(
      fc
        .tuple(fc.constantFrom(...times), fc.constantFrom(OLD, NEW), fc.constantFrom("EX01", "EX02"))
        .map(([time, change, server]) => snapshot(time, change, server)),
      fc
        .tuple(fc.constantFrom(...times), fc.constantFrom([THUMBPRINT_A], [THUMBPRINT_B]))
        .map(([time, keys]) => published(time, ...keys)),
      fc.constantFrom(...times).map((time) => event(time, "trusted_issuer_updated")),
    );
    const shuffled = fc
      .array(one, { minLength: 1, maxLength: 8 })
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
      );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(fullRow(other)).toEqual(fullRow(list));
      }),
      { numRuns: 100 },
    );
  });
});

describe("stepKeys()", () => {
  test("treats a late event as the change that a snapshot already showed", () => {
    let history = NO_KEY_HISTORY;
    const changes: string[] = [];
    for (const observation of [
      ...snapshot("10:00", OLD),
      ...snapshot("10:15", NEW),
      ...event("10:07", "trusted_issuer_updated"),
      ...snapshot("10:10", OLD),
    ]) {
      const step = stepKeys(history, observation);
      history = step.history;
      changes.push(...step.changes.map((change) => change.kind));
    }
    expect(changes).toEqual(["ad_keys_updated"]);
  });

  test("continues from a history that was stored as JSON", () => {
    let history = NO_KEY_HISTORY;
    for (const observation of snapshot("10:00", OLD)) history = stepKeys(history, observation).history;
    history = JSON.parse(JSON.stringify(history));
    const changes = snapshot("10:15", NEW).flatMap((observation) => stepKeys(history, observation).changes);
    expect(changes.map((change) => change.kind)).toEqual(["ad_keys_updated"]);
  });

  test("drops the oldest sources and changes above the limit", () => {
    let history = NO_KEY_HISTORY;
    for (let index = 0; index < MAX_SOURCES + 50; index++) {
      for (const [step, member] of [
        ["a", "1"],
        ["b", "2"],
      ].entries()) {
        history = stepKeys(history, {
          kind: "set",
          change: "ad_keys_updated",
          source: `s${index}`,
          atMs: index * 86_400_000 + step,
          members: [...member],
          writtenMs: null,
          shownBy: "snapshot",
        }).history;
      }
    }
    expect(Object.keys(history.sights).length).toBe(MAX_SOURCES);
    expect(Object.keys(history.sights)[0]).toBe("ad_keys_updated s50");
    expect(history.changes.length).toBe(MAX_CHANGES);
  });
});

describe("observeSnapshot()", () => {
  test("has all kinds of observations for a full snapshot, and none for a snapshot without a time", () => {
    const full = snapshot("10:00", (json) => {
      json.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_A }] }];
    });
    expect(full.map((observation) => observation.change).sort()).toEqual([...KEY_CHANGE_KINDS].sort());
    expect(
      snapshot("10:00", (json) => {
        delete json.at;
      }),
    ).toEqual([]);
  });
});

describe("observePublished()", () => {
  test("excludes substitute documents and other issuers", () => {
    const keys = { issuer: "evosts", authServer: EVOSTS, fetchedAtMs: 1, isStandIn: false, keys: [] } as const;
    expect([
      observePublished(keys).length,
      observePublished({ ...keys, isStandIn: true }).length,
      observePublished({ ...keys, issuer: "acs" }).length,
    ]).toEqual([1, 0, 0]);
  });
});
