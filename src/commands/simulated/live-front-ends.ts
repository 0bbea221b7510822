import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openAuthority } from "../../front-end/open-authority.ts";
import type { LiveOptions } from "../simulate-farm.ts";
import { AUTODISCOVER, NAMESPACE, openSimulatedServers, type SimulatedServers } from "./simulated-servers.ts";

/** Front ends of a farm that is simulated live, and the authority that issues tokens for them. */
export interface LiveFrontEnds {
  readonly hooks: Pick<LiveOptions, "onBegun" | "onRecycle">;
  /** Path of the configuration with which an exporter probes them. */
  readonly configFile: string;
  readonly close: () => Promise<void>;
}

export interface LiveFrontEndsOptions {
  readonly servers: readonly string[];
  /** The farm's own clock, Unix milliseconds. */
  readonly now: () => number;
  /** The farm folder. */
  readonly farm: string;
  /** Folder for the configuration, the certificate and the secret; created if it does not exist. */
  readonly folder: string;
}

/** Starts a front end on loopback for each server, and an authority. Writes a configuration with which `serve` probes them. */
export async function openLiveFrontEnds({ servers, now, farm, folder }: LiveFrontEndsOptions): Promise<LiveFrontEnds> {
  await mkdir(folder, { recursive: true });
  const running = await openSimulatedServers(servers, now);
  const secret = randomBytes(16).toString("hex");
  const authority = await openAuthority({ farm: running, namespaces: [NAMESPACE, AUTODISCOVER], secret });
  const file = (name: string): string => resolve(join(folder, name));
  await writeFile(file("ca.pem"), running.tls.certificate);
  await writeFile(file("secret"), `${secret}\n`, { mode: 0o600 });
  const text = configText({ running, authority: authority.url, farm: resolve(farm), file });
  await writeFile(file("probe.yaml"), text);
  return {
    hooks: running.hooks,
    configFile: file("probe.yaml"),
    close: async () => {
      await Promise.all([running.close(), authority.close()]);
    },
  };
}

interface ConfigFacts {
  readonly running: SimulatedServers;
  readonly authority: string;
  readonly farm: string;
  readonly file: (name: string) => string;
}

function configText({ running, authority, farm, file }: ConfigFacts): string {
  const servers = running.servers.map(({ name, port }) => `    - { name: ${name}, address: "127.0.0.1:${port}" }\n`);
  return `# The simulated servers of the farm, as long as the simulation runs
farm: ${JSON.stringify(farm)}
keys: { enabled: false }
probe:
  every: 5s
  namespace: ${NAMESPACE}
  autodiscover: ${AUTODISCOVER}
  caFile: ${JSON.stringify(file("ca.pem"))}
  servers:
${servers.join("")}  token:
    authority: ${authority}
    clientId: 00000000-1111-2222-3333-444444444444
    secretFile: ${JSON.stringify(file("secret"))}
    protocol: oidc
`;
}
