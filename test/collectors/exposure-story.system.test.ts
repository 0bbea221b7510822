import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config-schema.ts";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { startDaemon, type Daemon } from "../../src/daemon/daemon.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { createFarmWriter } from "../../src/commands/farm-writer.ts";
import { openStateFolder } from "../../src/daemon/state-folder.ts";
import type { FollowTarget } from "../../src/follow/follow-options.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startSimulation } from "../../src/simulator/simulate.ts";
import { EVOSTS, goodSnapshot, TENANT } from "../checks/good-snapshot.ts";
import { openCertificateMaker, type CertificateMaker, type MadeCertificate } from "../exchange/keys/certificates.ts";
import { document, openEntra, type TestServer } from "../exchange/keys/entra.ts";
import { federationMetadata, openIdKeySet } from "../exchange/keys/key-documents.ts";
import { until } from "../daemon/daemon-process.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

const PATIENCE_MS = 120_000;
const METADATA = `/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`;
const OPENID = `/${TENANT}/.well-known/openid-configuration`;
const KEY_SET = "/common/discovery/keys";

const trusted = getCACertificates();
let maker: CertificateMaker;
let localhost: MadeCertificate;
let first: MadeCertificate;
let second: MadeCertificate;
let entra: TestServer;
let folder = "";
/** Offset of the daemon's clocks from this machine's, ms. The test moves it forward with the story. */
let aheadMs = 0;
let daemon: Daemon | null = null;

beforeAll(() => {
  maker = openCertificateMaker();
  [localhost, first, second] = [maker.server("localhost"), maker.selfSigned("key 1"), maker.selfSigned("key 2")];
  setDefaultCACertificates([...trusted, maker.authority.pem]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  maker.close();
});
beforeEach(async () => {
  aheadMs = 0;
  folder = await mkdtemp(join(tmpdir(), "hma-story-"));
  await mkdir(join(folder, "farm/snapshots"), { recursive: true });
  entra = await openEntra(localhost);
  entra.answer(OPENID, document(JSON.stringify({ jwks_uri: `https://localhost:${entra.port}${KEY_SET}` }), '"o"'));
  publish([first]);
});
afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  await entra.close();
  await rm(folder, { recursive: true, force: true });
});

function publish(keys: readonly MadeCertificate[]): void {
  const etag = `"${keys.map(({ thumbprint }) => thumbprint).join(" ")}"`;
  entra.answer(METADATA, document(federationMetadata(keys), etag));
  entra.answer(KEY_SET, document(openIdKeySet(keys), etag));
}

interface Collected {
  /** Time of the snapshot, Unix ms. */
  readonly atMs: number;
  /** Keys of the AuthServer in AD, and when they were written, Unix ms. */
  readonly keys: readonly MadeCertificate[];
  readonly writtenMs: number;
}

/** Writes a snapshot, like a scheduled task. */
async function collectInto(to: string, { atMs, keys, writtenMs }: Collected): Promise<void> {
  const snapshot = goodSnapshot();
  snapshot.at = new Date(atMs).toISOString();
  Object.assign(snapshot.authServers[0], {
    AuthMetadataUrl: `https://localhost:${entra.port}${METADATA}`,
    CertificateStrings: keys.map(({ der }) => der),
    WhenChangedUTC: new Date(writtenMs).toISOString(),
  });
  const path = join(to, `snapshot-${atMs}.json`);
  await writeFile(`${path}.tmp`, JSON.stringify(snapshot));
  await rename(`${path}.tmp`, path);
}

async function start(mode: "central" | "server", target: FollowTarget, change: Partial<Config> = {}): Promise<string> {
  const logger = openLogger({ level: "error", format: "json", output: process.stderr, file: null });
  const config: Config = {
    ...DEFAULT_CONFIG,
    keys: { ...DEFAULT_CONFIG.keys, everyMs: 300, timeoutMs: 20_000 },
    follow: { ...DEFAULT_CONFIG.follow, pollMs: 100 },
    web: { ...DEFAULT_CONFIG.web, listenAddress: ["127.0.0.1:0"] },
    ...change,
  };
  daemon = await startDaemon({
    live: fixedConfig(config),
    target,
    mode,
    logger,
    webConfig: null,
    clock: { wall: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs },
    state: await openStateFolder(join(folder, "state"), logger),
  });
  return daemon.url;
}

/** Moves the daemon's wall clock to `atMs` (Unix ms). */
function passTo(atMs: number): void {
  aheadMs = Math.max(aheadMs, atMs - Date.now());
}

/** Value of a series on a page; null if it is absent. */
async function valueOf(url: string, series: string): Promise<number | null> {
  const text = await (await fetch(url)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

async function untilValue(url: string, series: string, wanted: number): Promise<void> {
  await until(
    async () => ((await valueOf(url, series)) === wanted ? true : null),
    PATIENCE_MS,
    () => `${series} is not ${wanted}`,
  );
}

interface Incident {
  readonly server: string;
  readonly cause: string;
  readonly end: string | null;
  readonly proven: boolean;
  readonly confidence: number;
  readonly evidence: readonly { readonly kind: string; readonly text: string; readonly source: string }[];
}

async function incidentsAt(url: string): Promise<readonly Incident[]> {
  const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: Incident[] };
  return incidents;
}

function untilIncident(url: string, isSo: (incident: Incident) => boolean): Promise<Incident> {
  return until(
    async () => (await incidentsAt(url)).find(isSo) ?? null,
    PATIENCE_MS,
    () => "no such incident",
  );
}

test("roll-over published, exposed, recycle, loops, incident with that evidence, AD updated, not exposed", async () => {
  const nowMs = Date.now();
  const crashMs = nowMs + 10 * MINUTE_MS;
  const endMs = crashMs + 40 * MINUTE_MS;
  const farm = join(folder, "farm");
  const { lines } = startSimulation({
    ...BARE_PLAN,
    startMs: crashMs - 20 * MINUTE_MS,
    durationMs: endMs - (crashMs - 20 * MINUTE_MS),
    clients: 40,
    requestsPerSecond: 0.2,
    snapshots: null,
    scenarios: [
      {
        name: "stale-keys-crash",
        afterMs: 20 * MINUTE_MS,
        server: 0,
        parameters: { clients: 6, refusedMs: 4 * MINUTE_MS },
      },
    ],
  });
  const rest = lines[Symbol.iterator]();
  const writer = createFarmWriter(farm);
  // Rows are written when their time has come, so that they are later than the key observations.
  const writeUntil = (atMs: number): void => {
    passTo(atMs);
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      writer.add(next.value);
      if (next.value.atMs >= atMs) break;
    }
    writer.flush();
  };
  writeUntil(nowMs);
  await collectInto(join(farm, "snapshots"), { atMs: nowMs, keys: [first], writtenMs: nowMs - 9 * 86_400_000 });
  const url = await start("central", { kind: "farm", folder: farm });
  await untilValue(`${url}/metrics`, "hma_exposed", 0);
  expect(await valueOf(`${url}/metrics`, 'hma_signing_keys{issuer="evosts",state="published"}')).toBe(1);

  // Entra ID answers with the new key once, and then not at all: one poll must be enough.
  let answers = 0;
  entra.answer(METADATA, (_request, response) => {
    if (answers++ === 0) response.writeHead(200).end(federationMetadata([first, second]));
    else response.writeHead(503).end();
  });
  entra.answer(OPENID, (_request, response) => {
    response.writeHead(503).end();
  });
  await untilValue(`${url}/metrics`, "hma_exposed", 1);
  expect(await valueOf(`${url}/metrics`, 'hma_signing_keys{issuer="evosts",state="missing"}')).toBe(1);
  expect(await valueOf(`${url}/metrics`, 'hma_key_changes_total{kind="entra_keys_published"}')).toBe(1);
  await untilValue(`${url}/metrics`, 'hma_collector_success{collector="keys"}', 0);
  expect(await valueOf(`${url}/metrics`, 'hma_metadata_fetch_success{document="federation_metadata"}')).toBe(0);
  // The known value stays.
  expect(await valueOf(`${url}/metrics`, "hma_exposed")).toBe(1);
  expect(await incidentsAt(url)).toEqual([]);

  // The worker crashes, and the next one starts with the keys in AD.
  writeUntil(crashMs + 3 * MINUTE_MS);
  const open = await untilIncident(
    url,
    ({ end, cause, proven }) => end === null && cause === "stale_keys_after_recycle" && proven,
  );
  expect(open.server).toBe("EX01");
  expect(open.evidence).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        kind: "recycle",
        source: "events",
        text: expect.stringContaining("MSExchangeMapiFrontEndAppPool worker replaced (crash"),
      }),
      expect.objectContaining({
        kind: "missing_key",
        source: "keys",
        text: "1 published signing key is missing in AD",
      }),
      expect.objectContaining({
        kind: "key_change",
        text: expect.stringMatching(
          /^signing keys published by Entra ID changed between .*: 1 added, 0 removed, 2 now$/,
        ),
      }),
    ]),
  );
  expect(open.confidence).toBeGreaterThanOrEqual(0.9);
  await untilValue(
    `${url}/metrics/servers/EX01`,
    'hma_incident_open{app_pool="MSExchangeMapiFrontEndAppPool",cause="stale_keys_after_recycle"}',
    1,
  );

  // AuthAdmin writes the keys to AD.
  const writtenMs = crashMs + 9 * MINUTE_MS;
  passTo(writtenMs + 2 * MINUTE_MS);
  await collectInto(join(farm, "snapshots"), { atMs: writtenMs + 60_000, keys: [first, second], writtenMs });
  await untilValue(`${url}/metrics`, "hma_exposed", 0);
  expect(await valueOf(`${url}/metrics`, 'hma_key_changes_total{kind="ad_keys_updated"}')).toBe(1);

  // The worker has loaded them by itself; the incident ends and keeps its evidence.
  writeUntil(endMs);
  writer.close();
  // Its logs are read one after the other.
  const ended = await untilIncident(
    url,
    ({ end, evidence }) =>
      end !== null && ["oauth_event", "recovery"].every((wanted) => evidence.some(({ kind }) => kind === wanted)),
  );
  expect(ended.evidence.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["recycle", "missing_key", "oauth_event", "recovery"]),
  );
  expect(await valueOf(`${url}/metrics`, "hma_exposed")).toBe(0);
  // The event of the same update is not a second change.
  expect(await valueOf(`${url}/metrics`, 'hma_key_changes_total{kind="ad_keys_updated"}')).toBe(1);
}, 600_000);

test("on an Exchange server, /metrics has the server, the checks, the exposure and the fetch results", async () => {
  const nowMs = Date.now();
  const snapshots = join(folder, "snapshots");
  await mkdir(snapshots);
  await collectInto(snapshots, { atMs: nowMs, keys: [first], writtenMs: nowMs - MINUTE_MS });
  publish([first, second]);
  const url = `${await start("server", { kind: "roots", roots: [{ server: "EX01", folders: [] }] }, { snapshots })}/metrics`;
  await untilValue(url, "hma_exposed", 1);
  await untilValue(url, 'hma_collector_success{collector="keys"}', 1);
  const read = (series: string): Promise<number | null> => valueOf(url, series);
  expect(
    await read('hma_config_compliant{check="auth_admin_read_session",severity="warning",object="organisation"}'),
  ).toBe(1);
  expect(await read(`hma_config_compliant{check="key_drift",severity="critical",object="${EVOSTS}"}`)).toBe(0);
  expect(await read('hma_config_check_success{check="key_drift"}')).toBe(1);
  for (const name of ["federation_metadata", "openid_keys"]) {
    expect(await read(`hma_metadata_fetch_success{document="${name}"}`)).toBe(1);
    expect(await read(`hma_metadata_fetch_duration_seconds{document="${name}"}`)).toBeGreaterThan(0);
    expect(await read(`hma_metadata_fetch_last_success_timestamp_seconds{document="${name}"}`)).toBeGreaterThanOrEqual(
      Math.floor(nowMs / 1_000),
    );
  }
  // Both sides have the same clock, the other in whole seconds.
  expect(Math.abs((await read("hma_clock_offset_seconds")) ?? Infinity)).toBeLessThan(60);
  expect(await read('hma_collector_stale{collector="keys"}')).toBe(0);
  expect(await read('hma_bearer_loops_open{app_pool="MSExchangeServicesAppPool"}')).toBe(0);

  entra.answer(METADATA, (_request, response) => {
    response.writeHead(200, { date: new Date(Date.now() - 600_000).toUTCString() }).end(federationMetadata([first]));
  });
  entra.answer(OPENID, (_request, response) => {
    response.writeHead(404).end();
  });
  await untilValue(url, "hma_exposed", 0);
  await untilValue(url, 'hma_metadata_fetch_success{document="openid_keys"}', 0);
  expect(await read("hma_clock_offset_seconds")).toBeGreaterThan(590);
}, 300_000);
