import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { analyzeFarms, type Analysis } from "../../src/analysis/analyze-farms.ts";
import { runBacktest } from "../../src/analysis/backtest.ts";
import { hasTool } from "../alerts/run-tool.ts";
import { EVOSTS, goodSnapshot, THUMBPRINT_A, THUMBPRINT_B } from "../checks/good-snapshot.ts";
import { defaultConfig, FARM_START_MS, smallFarm, type SmallFarm } from "./small-farm.ts";

let small: SmallFarm;
/** Analyses with the simulator's snapshots, without snapshots, and with those of this test. */
let simulated: Analysis;
let without: Analysis;
let with_: Analysis;

function snapshot(atMs: number, keys: readonly string[]): string {
  const at = new Date(atMs).toISOString();
  return JSON.stringify({
    ...goodSnapshot(),
    at,
    keys: [{ Issuer: EVOSTS, Keys: keys.map((Thumbprint) => ({ Thumbprint })) }],
  });
}

beforeAll(async () => {
  small = await smallFarm(["stale-keys-crash"]);
  const config = await defaultConfig();
  simulated = await analyzeFarms({ farms: [small.farm], config });
  await rm(join(small.farm, "snapshots"), { recursive: true, force: true });
  without = await analyzeFarms({ farms: [small.farm], config });
  // Entra ID rolled its keys before the crash; the second snapshot is read first.
  const folder = join(small.farm, "Snapshots");
  await mkdir(folder);
  await writeFile(join(folder, "a.json"), snapshot(FARM_START_MS + 600_000, [THUMBPRINT_A, THUMBPRINT_B]));
  await writeFile(join(folder, "b.json"), snapshot(FARM_START_MS - 3_600_000, [THUMBPRINT_A]));
  await writeFile(join(folder, "c.json"), "{ not json");
  with_ = await analyzeFarms({ farms: [small.farm], config, keepsHistory: true });
}, 120_000);
afterAll(() => small.remove());

describe("snapshots as history", () => {
  test("the folder of a snapshot is not a server", () => {
    expect(with_.findings.servers).toEqual(small.truth.servers);
  });

  test("the key changes of a simulated farm are found exactly once", () => {
    expect(simulated.findings.keyChanges.map(({ kind }) => kind)).toEqual(
      small.truth.keyChanges.map(({ kind }) => kind),
    );
  });

  test("key changes of the snapshots are findings", () => {
    // AuthAdmin's event shows the change of keys in AD.
    expect(without.findings.keyChanges.map(({ kind }) => kind)).toEqual(["ad_keys_updated"]);
    expect(with_.findings.keyChanges).toEqual([
      { kind: "entra_keys_published", at: new Date(FARM_START_MS + 600_000).toISOString() },
      ...without.findings.keyChanges,
    ]);
  });

  test("snapshots add evidence to causes and raise their confidence", () => {
    const [before] = without.findings.incidents;
    const [after] = with_.findings.incidents;
    expect(after?.cause).toBe("stale_keys_after_recycle");
    expect(after?.evidence.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["missing_key", "recycle"]));
    expect(before?.evidence.map(({ kind }) => kind)).not.toContain("missing_key");
    expect(after?.confidence ?? 0).toBeGreaterThanOrEqual(before?.confidence ?? 1);
  });

  test("snapshots do not change the other findings", () => {
    expect(
      with_.findings.incidents.map(({ start, end, clients, rejections }) => [start, end, clients, rejections]),
    ).toEqual(
      without.findings.incidents.map(({ start, end, clients, rejections }) => [start, end, clients, rejections]),
    );
    expect(with_.findings.recycles).toEqual(without.findings.recycles);
  });

  test("a snapshot that cannot be read is reported, and the others are used", () => {
    expect(with_.notes.errors).toEqual([expect.stringMatching(/^Cannot read the snapshot "c.json": it is not JSON/)]);
    expect(with_.notes.snapshots).toBe(2);
  });

  test("the report contains the check results of the newest snapshot", () => {
    expect(with_.compliance.at).toBe(new Date(FARM_START_MS + 600_000).toISOString());
    expect(with_.compliance.results.find(({ check }) => check === "key_drift")?.verdict).toBe("fail");
    expect(without.compliance).toEqual({ at: null, results: [] });
  });

  test("the history shows since when the organisation was exposed", () => {
    const exposed = with_
      .history!.series.filter(({ metric }) => metric === "hma_exposed")
      .flatMap((series) => [...series.steps()].map(({ atMs, value }) => [atMs, value]));
    expect(exposed).toEqual([
      [FARM_START_MS - 3_600_000, 0],
      [FARM_START_MS + 600_000, 1],
    ]);
  });
});

describe("reading", () => {
  const hour = (file: string): boolean => /_2026111607-/.test(file);

  test("files outside --since or --until by their names are not opened", async () => {
    const config = await defaultConfig();
    const whole = without.findings.accounting;
    const { findings } = await analyzeFarms({ farms: [small.farm], config, sinceMs: FARM_START_MS + 3 * 3_600_000 });
    expect(whole.filter(({ file }) => hour(file)).length).toBeGreaterThan(0);
    expect(findings.accounting.filter(({ file }) => hour(file))).toEqual([]);
    const early = await analyzeFarms({ farms: [small.farm], config, untilMs: FARM_START_MS + 3_600_000 });
    expect(early.findings.accounting.filter(({ file }) => /_20261116(?!07)/.test(file))).toEqual([]);
  }, 60_000);

  const asNobody = process.getuid?.() === 0 && process.platform === "linux" ? test : test.skip;
  asNobody(
    "files without read permission are reported, and the others are read",
    async () => {
      const config = await defaultConfig();
      const file = join(small.farm, "EX01/LogFiles/W3SVC1/u_ex261116.log");
      const folder = join(small.farm, "EX02/Logging/HttpProxy/Mapi");
      const { mode } = await stat(folder);
      await Promise.all([chmod(small.folder, 0o755), chmod(file, 0), chmod(folder, 0)]);
      process.seteuid?.(65_534);
      try {
        const { findings, notes } = await analyzeFarms({ farms: [small.farm], config });
        expect(notes.errors).toEqual(
          expect.arrayContaining([
            "Cannot read EX01/LogFiles/W3SVC1/u_ex261116.log: permission denied (EACCES)",
            "Cannot read EX02/Logging/HttpProxy/Mapi: permission denied (EACCES)",
          ]),
        );
        expect(findings.accounting.filter(({ bytes }) => bytes > 0).length).toBeGreaterThan(10);
      } finally {
        process.seteuid?.(0);
        await Promise.all([chmod(file, 0o644), chmod(folder, mode)]);
      }
    },
    60_000,
  );
});

(hasTool("prometheus") && hasTool("promtool") ? describe : describe.skip)("runBacktest()", () => {
  const options = { job: "hma-exporter", instance: "localhost:10401", stepMs: null } as const;

  test("the rules of this repository would have paged once for the incident, and warned before it", async () => {
    const { alerts, pages, rules } = await runBacktest({ history: with_.history, rules: "alerts", ...options });
    const names = alerts.map(({ alert }) => alert);
    const incident = with_.findings.incidents[0]!;
    expect(rules).toBeGreaterThan(10);
    expect(pages).toBe(1);
    expect(names).toEqual(expect.arrayContaining(["HmaBearerLoopIncident", "HmaExposed"]));
    // The history has everything that a scrape would have: no alert about missing targets or thresholds.
    expect(names.filter((name) => /Down|Missing|Exporter/.test(name))).toEqual([]);
    const page = alerts.find(({ alert }) => alert === "HmaBearerLoopIncident")!;
    expect(page).toMatchObject({ server: incident.server, severity: "critical" });
    expect(Date.parse(page.start)).toBeGreaterThan(Date.parse(incident.start));
    expect(Date.parse(page.start)).toBeLessThan(Date.parse(incident.end!));
    expect(Date.parse(page.end!)).toBeGreaterThan(Date.parse(incident.end!));
    expect(Date.parse(alerts.find(({ alert }) => alert === "HmaExposed")!.start)).toBeLessThan(Date.parse(page.start));
  }, 120_000);

  test("an invalid rule file is refused with the fault", async () => {
    const rules = join(small.folder, "rules");
    await mkdir(rules);
    await writeFile(
      join(rules, "a.yml"),
      JSON.stringify({ groups: [{ name: "g", rules: [{ alert: "A", expr: "sum(" }] }] }),
    );
    await expect(runBacktest({ history: with_.history, rules, ...options })).rejects.toThrow(
      /promtool check rules[^]*expr/,
    );
    await rm(rules, { recursive: true });
  }, 60_000);

  test("a folder without rules is refused", async () => {
    await expect(runBacktest({ history: null, rules: small.farm, ...options })).rejects.toThrow(
      `Cannot test the rules in "${small.farm}": it holds no .yml file`,
    );
  });
});
