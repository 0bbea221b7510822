import { readdir, stat } from "node:fs/promises";
import { costOf } from "../web/passwords/compare-password.ts";
import type { Config } from "../config/config-schema.ts";
import { switchWarnings } from "./warnings/switch-warnings.ts";
import type { WebConfig } from "../model/web/web-config.ts";

/**
 * Cost of a bcrypt hash (base-2 logarithm of its rounds) with which comparing a password takes seconds, so that each first scrape times
 * out.
 */
const DEAR_COST = 14;

/** Settings of a valid configuration that have no effect in `serve`, and files that are missing, one sentence each. */
export async function configWarnings(config: Config, web: WebConfig | null): Promise<readonly string[]> {
  const missing = await Promise.all(
    pathsOf(config).map(async ([key, path]) =>
      (await isFolder(path)) ? [] : [`${key}: there is no folder "${path}" now`],
    ),
  );
  return [
    ...missing.flat(),
    ...ignoredKeys(config),
    ...(await missingServers(config)),
    ...switchWarnings(config),
    ...(web === null ? [] : webWarnings(web)),
  ];
}

function pathsOf({ farm, paths, snapshots, textfile }: Config): readonly (readonly [string, string])[] {
  const all: readonly (readonly [string, string | null])[] = [
    ["farm", farm],
    ["paths.iis", paths.iis],
    ["paths.httpErr", paths.httpErr],
    ["paths.exchange", paths.exchange],
    ["snapshots", snapshots],
    ["textfile.folder", textfile.folder],
  ];
  return all.flatMap(([key, path]) => (path === null ? [] : [[key, path] as const]));
}

function ignoredKeys({ farm, paths, server, servers, textfile, web }: Config): readonly string[] {
  if (farm === null)
    return servers.length === 0 ? [] : ["servers: ignored, since there is no farm: this server alone is watched"];
  return [
    ...(textfile.folder === null
      ? []
      : ["textfile.folder: ignored, since a farm has no host whose text file it could be"]),
    ...(server === null ? [] : ["server: ignored, since the folders of the farm name the servers"]),
    ...(Object.values(paths).every((path) => path === null)
      ? []
      : ["paths: ignored, since the logs stand in the farm"]),
    ...(web.externalUrl === null || web.hosts.length === 0 ? [] : ["web.hosts: ignored, since web.externalUrl is set"]),
  ];
}

async function missingServers({ farm, servers }: Config): Promise<readonly string[]> {
  if (farm === null || servers.length === 0) return [];
  const names = await readdir(farm).catch((): string[] => []);
  const known = new Set(names.map((name) => name.toLowerCase()));
  if (known.size === 0) return [];
  return servers
    .filter((name) => !known.has(name.toLowerCase()))
    .map((name) => `servers: there is no folder "${name}" in the farm now`);
}

function webWarnings({ tls, basicAuthUsers }: WebConfig): readonly string[] {
  const asksNobody = tls !== null && tls.clientAuthType === "NoClientCert" && tls.clientAllowedSans.length > 0;
  return [
    ...(asksNobody
      ? ["tls_server_config.client_allowed_sans: ignored, since client_auth_type asks for no certificate"]
      : []),
    ...[...basicAuthUsers]
      .filter(([, hash]) => costOf(hash) > DEAR_COST)
      .map(
        ([user, hash]) =>
          `basic_auth_users.${user}: a hash of cost ${costOf(hash)} takes seconds to compare; 10 to 12 is usual`,
      ),
  ];
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
