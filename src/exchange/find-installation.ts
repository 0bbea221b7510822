import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import { SOURCE_FOLDERS } from "../sources/source-folders.ts";
import { DEFAULT_IIS_LOGS, iisSiteLogs } from "./iis-sites.ts";

/** Folders from the configuration; null: to be searched for. */
export interface GivenPaths {
  /** Log folder of one front-end site, or the folder that contains the folders of all sites. */
  readonly iis: string | null;
  readonly httpErr: string | null;
  /** Exchange's Logging folder. */
  readonly exchange: string | null;
}

export interface FoundFolder {
  readonly path: string;
  /** Path below a server's folder: `LogFiles/W3SVC1`. */
  readonly as: string;
}

export interface Installation {
  readonly folders: readonly FoundFolder[];
  /** Which logs were found, in which folder, and by which means. For the log. */
  readonly foundFolders: readonly { readonly what: string; readonly path: string; readonly how: string }[];
  /** Why no logs were found; "" if some were. */
  readonly because: string;
}

/** System calls that the search needs. */
export interface InstallationWorld {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A string value of the registry; null if it does not exist. */
  readonly registry: (key: string, name: string) => Promise<string | null>;
  /** Text of a file; null when it cannot be read. */
  readonly text: (path: string) => Promise<string | null>;
  /** Names of the subfolders of a folder; empty if it cannot be listed. */
  readonly folders: (path: string) => Promise<readonly string[]>;
  readonly exists: (path: string) => Promise<boolean>;
}

const SETUP_KEY = "HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Setup";

/** Folders below Exchange's Logging folder that are followed, in addition to those of HttpProxy. Sample: MapiHttp/Mailbox */
const EXCHANGE_FOLDERS = SOURCE_FOLDERS.filter(
  ({ path, standsIn, isSearched }) => standsIn === "exchange_logging" && isSearched === true && !path.includes("<"),
).map(({ path }) => path.slice("Logging/".length));

const HTTP_ERR_FOLDER = LOG_SOURCES.http_err.folders[0].path;

function siteFolder(site: string): string {
  return LOG_SOURCES.iis.folders[0].path.replace("<site>", site);
}

/** Finds the log folders of IIS, HTTP.sys and Exchange on this server. Folders from the configuration are used without a check. */
export async function findInstallation(
  given: GivenPaths,
  world: InstallationWorld = THIS_SYSTEM,
): Promise<Installation> {
  const foundFolders: { what: string; path: string; how: string }[] = [];
  const folders: FoundFolder[] = [];
  const isWindows = world.platform === "win32";
  const iis = given.iis === null ? (isWindows ? await sitesFound(world) : []) : await sitesGiven(given.iis, world);
  for (const site of iis) {
    folders.push({ path: site.path, as: site.as });
    foundFolders.push({ what: `IIS ${site.as}`, path: site.path, how: site.how });
  }
  const errors = given.httpErr ?? (isWindows ? expand("%SystemRoot%\\System32\\LogFiles\\HTTPERR", world) : null);
  if (errors !== null && (given.httpErr !== null || (await world.exists(errors)))) {
    folders.push({ path: errors, as: HTTP_ERR_FOLDER });
    foundFolders.push({
      what: "HTTP.sys errors",
      path: errors,
      how: given.httpErr === null ? "its usual place" : "configuration",
    });
  }
  const exchange =
    given.exchange === null
      ? isWindows
        ? await loggingFound(world)
        : null
      : { path: given.exchange, how: "configuration" };
  if (exchange !== null) {
    foundFolders.push({ what: "Exchange logs", ...exchange });
    for (const name of EXCHANGE_FOLDERS)
      folders.push({ path: join(exchange.path, ...name.split("/")), as: `Logging/${name}` });
    for (const name of await proxyFolders(exchange.path, world))
      folders.push({
        path: join(exchange.path, "HttpProxy", name),
        as: LOG_SOURCES.http_proxy.folders[0].path.replace("<protocol>", name),
      });
  }
  const because =
    folders.length > 0
      ? ""
      : isWindows
        ? "neither IIS nor Exchange was found on this server"
        : "this is no Windows server";
  return { folders, foundFolders, because };
}

interface FoundSite extends FoundFolder {
  readonly how: string;
}

async function sitesFound(world: InstallationWorld): Promise<FoundSite[]> {
  const file = expand("%SystemRoot%\\System32\\inetsrv\\config\\applicationHost.config", world);
  const sites = iisSiteLogs((await world.text(file)) ?? "");
  const named = sites.length > 0 ? sites : [1, 2].map((siteId) => ({ siteId, directory: DEFAULT_IIS_LOGS }));
  const found: FoundSite[] = [];
  for (const { siteId, directory } of named) {
    const path = join(expand(directory, world), `W3SVC${siteId}`);
    if (sites.length > 0 || (await world.exists(path)))
      found.push({
        path,
        as: siteFolder(String(siteId)),
        how: sites.length > 0 ? "IIS configuration" : "its usual place",
      });
  }
  return found;
}

async function sitesGiven(path: string, world: InstallationWorld): Promise<FoundSite[]> {
  const names = (await world.folders(path)).filter((name) => /^w3svc\d+$/i.test(name));
  if (names.length === 0) return [{ path, as: siteFolder("1"), how: "configuration" }];
  return names.map((name) => ({
    path: join(path, name),
    as: siteFolder(name.slice("W3SVC".length)),
    how: "configuration",
  }));
}

async function loggingFound(world: InstallationWorld): Promise<{ path: string; how: string } | null> {
  const installed = await world.registry(SETUP_KEY, "MsiInstallPath");
  if (installed !== null && installed !== "") return { path: join(installed, "Logging"), how: "registry" };
  const variable = world.environment["ExchangeInstallPath"];
  return variable === undefined || variable === ""
    ? null
    : { path: join(variable, "Logging"), how: "ExchangeInstallPath" };
}

/** The existing protocol folders of HttpProxy and the usual ones, because Exchange creates a folder with its first request. */
async function proxyFolders(logging: string, world: InstallationWorld): Promise<string[]> {
  const usual = Object.keys(LOG_SOURCES.http_proxy.protocolFolders);
  const found = await world.folders(join(logging, "HttpProxy"));
  const known = new Set(found.map((name) => name.toLowerCase()));
  return [...found, ...usual.filter((name) => !known.has(name.toLowerCase()))];
}

/** Replaces environment variables such as `%SystemDrive%`. Unknown variables are left unchanged. */
function expand(path: string, world: InstallationWorld): string {
  const values = new Map(Object.entries(world.environment).map(([name, value]) => [name.toLowerCase(), value ?? ""]));
  const usual = new Map([
    ["systemdrive", "C:"],
    ["systemroot", "C:\\Windows"],
  ]);
  // Sample: %SystemDrive%\inetpub
  return path.replace(
    /%([^%]+)%/g,
    (whole, name: string) => values.get(name.toLowerCase()) ?? usual.get(name.toLowerCase()) ?? whole,
  );
}

const run = promisify(execFile);

const THIS_SYSTEM: InstallationWorld = {
  platform: process.platform,
  environment: process.env,
  registry: async (key, name) => {
    try {
      const { stdout } = await run("reg.exe", ["query", key, "/v", name], { windowsHide: true, timeout: 10_000 });
      // Sample:     MsiInstallPath    REG_SZ    C:\Program Files\Microsoft\Exchange Server\V15\
      return /REG_(?:EXPAND_)?SZ\s+(.+?)\s*$/m.exec(stdout)?.[1] ?? null;
    } catch {
      return null;
    }
  },
  text: (path) => readFile(path, "utf8").catch(() => null),
  folders: async (path) => {
    try {
      return (await readdir(path, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    } catch {
      return [];
    }
  },
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
};
