import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import type { Findings } from "../../src/model/finding.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import { startServe, until } from "../daemon/daemon-process.ts";
import { filesOf, outputsOfCommands, outputsOfDaemon, textOf } from "./outputs.ts";

/** Patterns of values that must not leave the process. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  accounts: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  users: /\buser\d{3,}\b/gi,
  addresses: /(?<![\d.])(?:10|172|192|198|203)\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/g,
  tokens: /\beyJ[\w-]{4,}/gi,
  probes: /HealthMailbox\w+/gi,
  sids: /S-1-5-21(?:-\d+){3,}/gi,
  devices: /\b[0-9A-F]{24,26}\b/g,
  guids: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
};

type Found = Readonly<Record<string, ReadonlySet<string>>>;

function secretsIn(text: string): Found {
  return Object.fromEntries(
    Object.entries(SECRETS).map(([kind, pattern]) => [
      kind,
      new Set((text.match(pattern) ?? []).map((one) => one.toLowerCase())),
    ]),
  );
}

describe("no user, address, mailbox or token of the logs", () => {
  const folder = mkdtempSync(join(tmpdir(), "hma-privacy-"));
  const farm = join(folder, "farm");
  const outputs = new Map<string, string>();
  const fullRow = new Map<string, Found>();
  const known = new Map<string, Set<string>>();

  beforeAll(async () => {
    const wishes = {
      seed: 11,
      servers: 3,
      durationMs: null,
      requestsPerSecond: 0.2,
      clients: 60,
      noiseShare: 0.3,
      scenarios: [
        "stale-keys-crash",
        "unknown-user",
        "audience-mismatch",
        "junk-tokens",
        "basic-bad-passwords",
        "ntlm-loops",
        "stale-keys-abandoned-requests",
        "refused-probes",
        "iis-only",
      ],
    } as const;
    const { durationMs } = planFarm({ ...wishes, startMs: 0 });
    await writeFarm(farm, planFarm({ ...wishes, startMs: Date.now() - durationMs }));
    // Unreadable lines, and a name instead of a protocol or a path.
    const [log = ""] = filesOf(join(farm, "EX01", "Logging", "HttpProxy", "Ews"));
    appendFileSync(
      log,
      'user017@contoso.example,192.0.2.10,eyJ0eXAiOiJKV1QiLCJhbGciOi,"\r\n2026-11-22T08:00:00.000Z,user017@contoso.example\r\n',
    );
    const logs = ["LogFiles", "Logging", "events"].flatMap((part) =>
      ["EX01", "EX02", "EX03"].flatMap((server) => {
        try {
          return filesOf(join(farm, server, part));
        } catch {
          return [];
        }
      }),
    );
    for (const path of logs) {
      for (const [kind, found] of Object.entries(secretsIn(textOf(path))))
        known.set(kind, new Set([...(known.get(kind) ?? []), ...found]));
    }
    // Tenant and application ids belong to the organisation's configuration, and are labels.
    const organisation = secretsIn(filesOf(join(farm, "snapshots")).map(textOf).join("\n"));
    for (const [kind, found] of Object.entries(organisation))
      for (const one of found) if (kind === "guids") known.get(kind)?.delete(one);
    await collectDaemon();
    for (const [name, text] of outputsOfCommands(farm, folder)) outputs.set(name, text);
    for (const [name, text] of outputs) fullRow.set(name, secretsIn(text));
  }, 600_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function collectDaemon(): Promise<void> {
    const log = join(folder, "own.log");
    writeFileSync(join(folder, "hma.yml"), `keys: { enabled: false }\nlog: { level: debug, file: ${log} }\n`);
    const daemon = startServe(farm, join(folder, "state"), ["--config.file", join(folder, "hma.yml")]);
    try {
      const url = await daemon.url;
      await until(
        async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
        120_000,
        () => "not ready",
      );
      for (const [name, text] of await outputsOfDaemon(url)) outputs.set(name, text);
      const [found = ""] = [...outputs]
        .filter(([name]) => name.startsWith("/api/v1/incidents"))
        .map(([, text]) => text);
      const findings: Findings = JSON.parse(found.slice(found.indexOf("\n")));
      expect(new Set(findings.incidents.map(({ cause }) => cause)).size).toBeGreaterThanOrEqual(4);
    } finally {
      await daemon.stop();
    }
    for (const path of [...filesOf(join(folder, "state")), log]) outputs.set(path.slice(folder.length), textOf(path));
    outputs.set("stdout", daemon.messages.join("\n"));
  }

  test.each(Object.keys(SECRETS))("%s: the logs contain many, and no output contains one", (kind) => {
    const secrets = known.get(kind) ?? new Set();
    expect(secrets.size).toBeGreaterThan(["probes", "sids", "tokens"].includes(kind) ? 0 : 10);
    expect(
      [...fullRow].flatMap(([name, found]) =>
        [...(found[kind] ?? [])].filter((one) => secrets.has(one)).map((one) => `${name}: ${one}`),
      ),
    ).toEqual([]);
  });

  test("this test would find one in a page", () => {
    for (const [kind, secrets] of known) {
      for (const secret of [...secrets].slice(0, 50))
        expect([...(secretsIn(`<dd>${kind === "devices" ? secret.toUpperCase() : secret}</dd>`)[kind] ?? [])]).toEqual([
          secret,
        ]);
    }
  });

  test("no page contains any account or token, whatever its origin", () => {
    for (const [name, found] of fullRow) {
      expect([
        name,
        ...(found["users"] ?? []),
        ...(found["tokens"] ?? []),
        ...(found["probes"] ?? []),
        ...(found["sids"] ?? []),
      ]).toEqual([name]);
    }
    expect(outputs.size).toBeGreaterThan(40);
  });
});
