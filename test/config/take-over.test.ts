import { describe, expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config-schema.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { changedKeys, TAKEN_OVER, takeOver } from "../../src/config/take-over.ts";

function configOf(text: string): Config {
  const loaded = loadConfig(text);
  if (!loaded.ok) throw new Error("the configuration has faults");
  return loaded.config;
}

test("changedKeys() returns the changed keys as written in the file", () => {
  const before = { farm: null, loop: { threshold: 5, gapMs: 1 }, servers: ["EX01"], events: { was: {} } };
  expect(changedKeys(before, structuredClone(before))).toEqual([]);
  expect(
    changedKeys(before, {
      farm: "/f",
      loop: { threshold: 6, gapMs: 2 },
      servers: [],
      events: { was: { 5011: "crash" } },
    }),
  ).toEqual(["farm", "loop.threshold", "loop.gap", "servers", "events.was.5011"]);
});

describe("takeOver()", () => {
  /** All sections, each with a value other than the default. */
  const next = configOf(`
farm: /f
server: EX09
servers: [EX01]
state: /s
snapshots: /n
paths: { iis: /i }
follow: { lookback: 1h, poll: 2s }
loop: { threshold: 6, minSpan: 16s, gap: 3m, idle: 11m }
incident: { minClients: 4, quiet: 6m }
limits: { openRequests: 1001, clients: 1001, pastIncidents: 11, pastLoops: 11 }
reasons: [{ pattern: x, category: unknown }]
events: { was: { "1": crash } }
collect: { enabled: false }
keys: { enabled: false }
collectors: { enabled: [keys] }
metrics: { disabled: [logs] }
gate: { grace: 1m }
textfile: { folder: /t }
web: { listenAddress: ":1", telemetryPath: /m, configFile: /w, maxRequests: 41, hosts: [a.example], externalUrl: "https://a.example/hma", routePrefix: /hma, runbookUrl: "https://runbooks.example" }
log: { level: debug, format: logfmt, file: /l }
probe: { namespace: mail.contoso.example }
`);
  const before = configOf("");

  test("applies exactly the keys in its list, which the documentation lists too", () => {
    const waiting = changedKeys(takeOver(before, next), next);
    const applied = changedKeys(before, next).filter((key) => !waiting.includes(key));
    expect(
      new Set(applied.map((key) => TAKEN_OVER.find((name) => key === name || key.startsWith(`${name}.`)) ?? key)),
    ).toEqual(new Set(TAKEN_OVER));
    expect(waiting.filter((key) => TAKEN_OVER.some((name) => key === name || key.startsWith(`${name}.`)))).toEqual([]);
    expect(waiting).toEqual(
      expect.arrayContaining([
        "farm",
        "follow.lookback",
        "limits.clients",
        "collectors.enabled",
        "web.listenAddress",
        "web.telemetryPath",
        "web.configFile",
        "log.file",
      ]),
    );
  });

  test("changes nothing without a change", () => {
    expect(takeOver(before, configOf(""))).toEqual(before);
  });
});
