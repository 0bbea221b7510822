import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { z } from "zod";
import { queryInstant, startPrometheus } from "../dashboards/prometheus.ts";
import { PRESENT_VERSIONS, PROMETHEUS_VERSIONS, type PrometheusVersion } from "./prometheus-versions.ts";
import { ALERTS_FOLDER, readRuleFiles } from "./rule-files.ts";
import { PROGRAM } from "../program.ts";

const run = promisify(execFile);
const FROM = "2026-11-20T16:00:00Z";
const TO_SECONDS = Date.parse("2026-11-21T16:00:00Z") / 1000;
const Report = z.looseObject({ alerts: z.array(z.unknown()) });

let folder = "";
const alerts = new Map<string, unknown>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-versions-"));
  const scenarios = ["stale-keys-crash", "audience-mismatch", "junk-tokens", "unknown-user"];
  await exporter(
    ["simulate", "farm", join(folder, "farm"), "--servers", "2", "--duration", "1d", "--start", FROM, "--clients", "20"]
      .concat(["--seed", "7", "--rate", "0.05", "--noise", "0"])
      .concat(scenarios.flatMap((name) => ["--scenario", name]))
      .filter((word) => word !== "farm"),
  );
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the rules over a simulated day", () => {
  for (const version of PROMETHEUS_VERSIONS) {
    const title = `are tried by Prometheus ${version.name}${version.reason === "" ? "" : ` (skipped: ${version.reason})`}`;
    (version.env === null ? test.skip : test)(
      title,
      async () => {
        alerts.set(version.name, await backtest(version));
        expect(alerts.get(version.name)).not.toEqual([]);
      },
      300_000,
    );
  }

  const names = PRESENT_VERSIONS.map(({ name }) => name);
  const few = names.length < 2 ? ` (skipped: nothing to compare, only ${names.join() || "none"} is here)` : "";
  (few === "" ? test : test.skip)(`fire the same alerts to the second in Prometheus ${names.join(", ")}${few}`, () => {
    expect([...alerts.keys()]).toEqual(names);
    expect(differences(alerts)).toEqual([]);
  });

  test("the comparison reports a difference of one second, and an alert that one version does not fire", () => {
    const alert = { alert: "HmaBearerLoopIncident", start: "2026-11-20T16:04:00.000Z", durationSeconds: 600 };
    const differ = (other: unknown): readonly string[] =>
      differences(
        new Map<string, unknown>([
          ["2.53", [alert]],
          ["3.5", other],
        ]),
      );
    expect(differ([{ ...alert }])).toEqual([]);
    expect(differ([{ ...alert, start: "2026-11-20T16:04:01.000Z" }])).toEqual(["3.5 differs from 2.53"]);
    expect(differ([])).toEqual(["3.5 differs from 2.53"]);
  });

  (PROMETHEUS_VERSIONS[0]?.env === null ? test.skip : test)(
    "create blocks with the history and every recorded series",
    async () => {
      const prometheus = await startPrometheus(join(folder, "installed"));
      try {
        const recorded = new Set(
          readRuleFiles()
            .flatMap(({ content }) => content.groups)
            .flatMap((group) => group.rules)
            .flatMap((rule) => (rule.record?.startsWith("job:hma_bearer") ? [rule.record] : [])),
        );
        for (const name of [...recorded, "hma_requests_total"])
          expect([name, (await queryInstant(prometheus.url, `count(${name})`, TO_SECONDS)).length]).toEqual([name, 1]);
        const value = async (expr: string) =>
          Number((await queryInstant(prometheus.url, expr, TO_SECONDS))[0]?.values[0]?.[1]);
        // One day of thirty: the ratio is that day's, not thirty times as large.
        const ratio = await value("job:hma_bearer_refused:ratio_rate30d");
        const days = (await value("job:hma_bearer_requests:seconds30d")) / 86_400;
        expect(days).toBeGreaterThan(0.9);
        expect(days).toBeLessThan(1.1);
        expect(await value("job:hma_bearer_error_budget:left30d")).toBeCloseTo(1 - (ratio * days) / 30 / 0.005, 6);
      } finally {
        await prometheus.stop();
      }
    },
    120_000,
  );
});

/** Versions whose alerts differ from those of the first one. */
function differences(of: ReadonlyMap<string, unknown>): readonly string[] {
  const [first, ...others] = [...of];
  if (first === undefined) return [];
  return others.flatMap(([name, found]) =>
    isDeepStrictEqual(found, first[1]) ? [] : [`${name} differs from ${first[0]}`],
  );
}

/** The alerts in the report of `analyze --rules`, run with this version's programs. */
async function backtest(version: PrometheusVersion): Promise<unknown> {
  const output = join(folder, `${version.name}.json`);
  await exporter(
    ["analyze", join(folder, "farm"), "--format", "json", "--output", output, "--openmetrics.job", "hma"].concat([
      "--rules",
      ALERTS_FOLDER,
      "--rules-blocks",
      join(folder, version.name, "data"),
    ]),
    version.env ?? process.env,
  );
  return Report.parse(JSON.parse(await readFile(output, "utf8"))).alerts;
}

async function exporter(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  await run(process.execPath, [PROGRAM, ...args], { env, maxBuffer: 1 << 24 });
}
