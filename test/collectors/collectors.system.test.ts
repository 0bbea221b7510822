import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { serverOf } from "../../src/engine/create-engine.ts";
import { findEngine } from "../exchange/powershell/engine.ts";
import { FIXTURES, setStubs } from "../exchange/powershell/stubs.ts";
import { startCollecting, type CollectorsAtWork, type FixtureOptions } from "./collectors-fixture.ts";
import { until } from "../daemon/daemon-process.ts";

const engine = await findEngine();
// On Windows, its own cmdlets take precedence over the stubs.
const describeEngine = engine === null || process.platform === "win32" ? describe.skip : describe;
const SERVICES = "MSExchangeServicesAppPool";
const RECOVERY = "Microsoft-Exchange-ManagedAvailability/RecoveryActionResults";
const PATIENCE_MS = 240_000;
// Sample: Collection delayed by its hourly limit: {"collector":"snapshot","until":"2026-11-28T23:00:00.000Z"}
const DELAYED = /^Collection delayed by its hourly limit: \{"collector":"snapshot","until":"[^"]+Z"\}$/;

let folder = "";
let running: CollectorsAtWork | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-collecting-"));
  await mkdir(join(folder, "data"));
  // No server listens at the metadata URL, and no request leaves this machine.
  const authServers = await readFile(join(FIXTURES, "GetAuthServer.xml"), "utf8");
  await writeFile(
    join(folder, "data/GetAuthServer.xml"),
    authServers.replaceAll(/https:\/\/(login|accounts)[^/]*\//g, "https://127.0.0.1:1/"),
  );
  // Only the crash, without the service events that would make it an iisreset.
  await change("events.tsv", (text) =>
    text
      .split("\n")
      .filter((line) => !line.includes("Service Control Manager"))
      .join("\n"),
  );
  stub();
});
afterEach(async () => {
  await running?.close();
  running = null;
  await rm(folder, { recursive: true, force: true });
});

function stub(failing: readonly string[] = []): void {
  setStubs({ data: [join(folder, "data"), FIXTURES], failing });
}

/** Changes the answer of a stub. */
async function change(file: string, edit: (text: string) => string): Promise<void> {
  const path = join(folder, "data", file);
  const text = await readFile(path, "utf8").catch(() => readFile(join(FIXTURES, file), "utf8"));
  await writeFile(path, edit(text));
}

async function start(options: Partial<FixtureOptions> = {}): Promise<CollectorsAtWork> {
  running = await startCollecting({ powershell: engine?.executable ?? "", ...options });
  return running;
}

async function waitFor(what: string, isSo: () => boolean): Promise<void> {
  await until(
    () => Promise.resolve(isSo() ? true : null),
    PATIENCE_MS,
    () => `${what}; ${running?.warnings.join("\n") ?? ""}`,
  );
}

const reasonsOf = ({ detection }: CollectorsAtWork): string[] =>
  serverOf(detection.engine, "EX01")
    .workers.recycles()
    .map(({ appPool, reason, source }) => `${appPool} ${reason} ${source}`);

describeEngine("collectors on an Exchange server", () => {
  test("disabled collectors never run, and have no metrics", async () => {
    const work = await start({ enabled: ["workers"], keys: true });
    await waitFor("workers", () => work.value("hma_collector_success", "workers") === 1);
    const named = work.collectors
      .exporterMetrics()
      .flatMap(({ labels }) => ("collector" in labels ? [labels["collector"]] : []));
    expect(new Set(named)).toEqual(new Set(["workers"]));
  });

  test("all four supply the engine, the checks and the metrics", async () => {
    const work = await start();
    for (const collector of ["snapshot", "events", "workers", "counters"])
      await waitFor(collector, () => work.value("hma_collector_success", collector) === 1);
    expect(work.state().snapshot?.organizationConfig?.Name).toEqual(expect.any(String));
    expect(work.value("hma_config_check_success", "auth_admin_read_session")).toBe(1);
    expect(reasonsOf(work)).toEqual([`${SERVICES} managed_availability events`]);
    expect(serverOf(work.detection.engine, "EX01").oauthEvents.map(({ name }) => name)).toContain(
      "new_certificates_from_metadata_url",
    );
    expect(work.value("hma_log_events_lost_total", "events")).toBe(0);
    expect(work.value("hma_perfmon_bearer_requests_total", SERVICES)).toBe(0);
    // Three of the test's short intervals are over soon.
    await waitFor("fresh workers", () => work.value("hma_collector_stale", "workers") === 0);
    expect(work.value("hma_collector_last_success_timestamp_seconds", "workers")).toBeGreaterThan(
      Date.now() / 1_000 - 600,
    );

    // A worker without an event, and counters that continued, one of them for a restarted worker.
    await change("GetCimInstanceWin32_Process.xml", (text) =>
      text.replace(">4711<", ">4720<").replace("2026-11-22T09:10:11+01:00", "2026-11-22T10:10:11+01:00"),
    );
    await change("GetCimInstanceWin32_PerfRawData_MSExchangeOAuth_MSExchangeOAuth.xml", (text) =>
      text.replace(">1200<", ">1260<").replace(">17<", ">57<").replace(">5<", ">3<").replace(">5<", ">2<"),
    );
    await waitFor("silent recycle", () => reasonsOf(work).includes(`${SERVICES} unknown workers`));
    await waitFor("counters", () => work.value("hma_perfmon_bearer_requests_total", SERVICES) === 63);
    expect(work.value("hma_perfmon_bearer_rejections_total", SERVICES)).toBe(42);
    // The logs contain none of them.
    expect(work.value("hma_perfmon_rejections_divergence_ratio", SERVICES)).toBe(1);

    // After a restart nothing is read twice, and events that were overwritten meanwhile are counted.
    const kept: unknown = JSON.parse(JSON.stringify(work.collectors.dump()));
    await work.close();
    await change(
      "events.tsv",
      (text) =>
        text
          .split("\n")
          .filter((line) => !line.startsWith("System\t"))
          .join("\n") +
        `\n${
          text
            .split("\n")
            .find((line) => line.startsWith("System\t1001"))
            ?.replaceAll("1001", "1010")
            .replaceAll("08:00:00", "08:30:00") ?? ""
        }\n`,
    );
    const again = await start({ kept });
    for (const collector of ["events", "counters"])
      await waitFor(collector, () => again.value("hma_collector_success", collector) === 1);
    expect(
      serverOf(again.detection.engine, "EX01")
        .workers.recycles()
        .map(({ atMs }) => new Date(atMs).toISOString()),
    ).toEqual(["2026-11-22T08:30:00.000Z"]);
    expect(again.value("hma_log_events_lost_total", "events")).toBe(8);
    expect(again.value("hma_perfmon_bearer_requests_total", SERVICES)).toBe(63);
  }, 600_000);

  test("after a failure, the previous values remain and are marked stale, and the collector recovers later", async () => {
    const work = await start({ soon: ["snapshot", "workers"] });
    await waitFor("snapshot", () => work.value("hma_collector_success", "snapshot") === 1);
    await waitFor("workers", () => work.value("hma_collector_success", "workers") === 1);
    const before = work.value("hma_config_compliant", "auth_admin_read_session", "warning", "organisation");
    expect(before).not.toBeNull();
    stub(["Get-OrganizationConfig", "Get-AuthServer", "Get-CimInstance-Win32_Process"]);
    for (const collector of ["snapshot", "workers"]) {
      await waitFor(`${collector} fails`, () => work.value("hma_collector_success", collector) === 0);
      expect(work.value("hma_collector_stale", collector)).toBe(1);
      expect(work.value("hma_collector_last_success_timestamp_seconds", collector)).not.toBeNull();
    }
    expect(work.value("hma_config_compliant", "auth_admin_read_session", "warning", "organisation")).toBe(before);
    expect(work.warnings.filter((line) => line.includes('"workers"'))).toHaveLength(1);
    stub();
    await waitFor(
      "works again",
      () =>
        work.value("hma_collector_success", "snapshot") === 1 && work.value("hma_collector_success", "workers") === 1,
    );
    await waitFor("fresh snapshot", () => work.value("hma_collector_stale", "snapshot") === 0);
  }, 600_000);

  test("one unreadable channel is a warning; if none can be read, the collection has failed", async () => {
    await change("events.tsv", (text) =>
      text
        .split("\n")
        .filter((line) => !line.startsWith(RECOVERY))
        .join("\n"),
    );
    const work = await start({ soon: ["events"] });
    await waitFor("events", () => work.value("hma_collector_success", "events") === 1);
    expect(reasonsOf(work)).toEqual([`${SERVICES} crash events`]);
    expect(work.warnings).toContainEqual(expect.stringMatching(new RegExp(`^Event log not read: .*${RECOVERY}`)));
    await change("events.tsv", () => "");
    await waitFor("events fail", () => work.value("hma_collector_success", "events") === 0);
    expect(work.warnings).toContainEqual(expect.stringContaining("Cannot read any event log: System"));
    expect(reasonsOf(work)).toEqual([`${SERVICES} crash events`]);
  }, 600_000);
});

test("without the executable, each collection fails with a clear error, and nothing else fails", async () => {
  running = await startCollecting({ powershell: join(folder, "no-such-shell") });
  const work = running;
  for (const collector of ["snapshot", "events", "workers", "counters"]) {
    await waitFor(collector, () => work.value("hma_collector_success", collector) === 0);
    expect(work.value("hma_collector_stale", collector)).toBe(1);
    expect(work.value("hma_collector_last_success_timestamp_seconds", collector)).toBeNull();
  }
  expect(work.warnings).toHaveLength(4);
  for (const line of work.warnings)
    expect(line).toMatch(/Cannot start .*no-such-shell.*: it is not a program that can be run here \(ENOENT\)/);
  expect(work.value("hma_config_check_success", "clock")).toBeNull();
  expect(work.value("hma_perfmon_bearer_requests_total", SERVICES)).toBeNull();
});

test("the hourly limit delays snapshots across failures and a restart of the daemon, and the log states until when", async () => {
  const options = {
    powershell: join(folder, "no-such-shell"),
    snapshotLimit: { runs: 2, periodMs: 3_600_000 },
    soon: ["snapshot"],
  } as const;
  const isDelayed = (): boolean => running?.notices.some((line) => DELAYED.test(line)) ?? false;
  running = await startCollecting(options);
  await waitFor("delayed", isDelayed);
  const kept: unknown = JSON.parse(JSON.stringify(running.collectors.dump()));
  expect(kept).toMatchObject({ snapshotStartsMs: [expect.any(Number), expect.any(Number)] });
  await running.close();
  running = await startCollecting({ ...options, kept });
  await waitFor("delayed again", isDelayed);
  expect(running.value("hma_collector_success", "snapshot")).toBeNull();
  expect(running.collectors.dump()).toMatchObject({ snapshotStartsMs: [expect.any(Number), expect.any(Number)] });
}, 600_000);

test("if PowerShell is not used, there are no PowerShell collectors", async () => {
  running = await startCollecting({});
  expect(running.collectors.exporterMetrics()).toEqual([]);
  expect(running.collectors.serverMetrics("EX01")).toEqual([]);
});
