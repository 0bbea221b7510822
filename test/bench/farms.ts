import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
/** The compiled program, as installed. */
export const MAIN = join(ROOT, "dist/main.js");
const START = "2026-11-22T00:00:00Z";

export interface BenchFarm {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Approximate bytes per day for one request per second. */
const IIS_BYTES = 74e6;
/** The front end's logs alone, with 14,000 clients: what the clients write by themselves, and what a request per second adds. */
const FRONT_END_BASE_BYTES = 64e6;
const FRONT_END_BYTES = 55e6;
const HTTP_PROXY_BYTES = 130e6;
const ALL_BYTES = 330e6;

/** A farm of about `bytes`, created once and kept in `folder`. IIS: the logs of both sites and the events of one server. */
export function iisFarm(folder: string, bytes: number): BenchFarm {
  return farmOf({ folder, name: `iis-${megabytes(bytes)}` }, () => [
    "--servers",
    "1",
    "--scenario",
    "outlook-storm-iis-only",
    "iis-only",
    "--rate",
    String(Math.max(0.05, bytes / IIS_BYTES)),
  ]);
}

/** Only the front end's IIS log of one server, with 14,000 clients. */
export function frontEndFarm(folder: string, bytes: number): BenchFarm {
  return farmOf(
    { folder, name: `front-${megabytes(bytes)}` },
    () => [
      "--servers",
      "1",
      "--scenario",
      "outlook-storm-iis-only",
      "iis-only",
      "--clients",
      "14000",
      "--rate",
      String(Math.max(0.05, (bytes - FRONT_END_BASE_BYTES) / FRONT_END_BYTES)),
    ],
    (made) => {
      rmSync(join(made, "EX01/LogFiles/W3SVC2"), { recursive: true, force: true });
    },
  );
}

/** Only the HttpProxy logs of one server. */
export function httpProxyFarm(folder: string, bytes: number): BenchFarm {
  const farm = farmOf(
    { folder, name: `http-proxy-${megabytes(bytes)}` },
    () => [
      "--servers",
      "1",
      "--scenario",
      "stale-keys-crash",
      "--rate",
      String(Math.max(0.05, bytes / HTTP_PROXY_BYTES)),
    ],
    (made) => {
      for (const other of ["LogFiles", "events", "Logging/Ews", "Logging/MapiHttp", "Logging/OAuthOutbound"])
        rmSync(join(made, "EX01", other), { recursive: true, force: true });
    },
  );
  return farm;
}

/** All logs of `servers` servers. */
export function wholeFarm(folder: string, bytes: number, servers: number): BenchFarm {
  return farmOf({ folder, name: `whole-${servers}-${megabytes(bytes)}` }, () => [
    "--servers",
    String(servers),
    "--scenario",
    "stale-keys-crash",
    "--rate",
    String(Math.max(0.05, bytes / ALL_BYTES / servers)),
  ]);
}

/** All logs of the last two hours of `servers` servers, about 0.8 MB each, for a daemon to follow. Created each time. */
export function recentFarm(folder: string, servers: number): string {
  const farm = join(folder, "recent");
  rmSync(farm, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  console.log(`Simulating the last two hours of ${servers} servers …`);
  const start = new Date(Date.now() - 7_200_000).toISOString();
  const flags = [
    "--servers",
    String(servers),
    "--clients",
    "50",
    "--rate",
    "0.03",
    "--duration",
    "2h",
    "--start",
    start,
  ];
  execFileSync(process.execPath, [MAIN, "simulate", farm, ...flags], { stdio: "ignore" });
  return farm;
}

/** The simulated farm of that name, made if it does not exist. `trim` removes what the farm should not contain. */
function farmOf(
  { folder, name }: { readonly folder: string; readonly name: string },
  flags: () => string[],
  trim: (made: string) => void = () => undefined,
): BenchFarm {
  const farm = join(folder, name);
  if (!existsSync(farm)) {
    const unfinished = `${farm}.part`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    console.log(`Simulating ${name} …`);
    execFileSync(
      process.execPath,
      [MAIN, "simulate", unfinished, "--duration", "24h", "--start", START, "--clients", "3000", ...flags()],
      { stdio: "ignore" },
    );
    trim(unfinished);
    renameSync(unfinished, farm);
  }
  const files = globSync(join(farm, "*/**/*.{log,LOG,xml}"))
    .filter((path) => statSync(path).isFile())
    .sort();
  return { name, folder: farm, files, bytes: files.reduce((sum, path) => sum + statSync(path).size, 0) };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)}mb`;
}
