import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Config } from "../../config/config-schema.ts";
import { parseAddress, type ProbeConfig } from "../../config/probe/probe-schema.ts";
import { openTokenRequests } from "../../exchange/token-request.ts";
import type { Logger } from "../../logging/open-logger.ts";
import { PROBE_REASONS, type ProbeOutcome, type ProbeProtocol } from "../../model/probe/probe.ts";
import { createProber, type Prober, type ProbeClock } from "../../probing/prober.ts";
import type { ProbeTarget } from "../../probing/probe-target.ts";
import type { ProbeBook } from "../../probe/probe-book.ts";
import { openTokenSource, type TokenSource } from "../../probing/token-source.ts";
import { readTrust } from "../../probing/trust.ts";
import { readVersion } from "../version.ts";

/** An open probe. `close()` stops it and closes its connections. */
export interface Probes {
  readonly prober: Prober;
  /** A token probe is configured. */
  readonly hasTokens: boolean;
  readonly protocols: readonly ProbeProtocol[];
  /** End of the certificate's validity, Unix ms; null when no certificate is used. */
  readonly credentialNotAfterMs: () => number | null;
  readonly close: () => Promise<void>;
}

export interface ProbesOptions {
  readonly config: Config;
  readonly probe: ProbeConfig;
  readonly logger: Logger | null;
  readonly clock: ProbeClock;
  /** Source of tokens in place of the configured authority. */
  readonly tokens?: TokenSource;
  /** Last results of the probe that this one replaces. */
  readonly book?: ProbeBook;
}

/**
 * Opens the configured probe. It sends no request before `prober.start()`. Throws `TrustError` when the file of certificates cannot be
 * used.
 */
export async function openProbes({ config, probe, logger, clock, ...given }: ProbesOptions): Promise<Probes> {
  const requests =
    probe.token === null
      ? null
      : openTokenRequests({
          proxyUrl: probe.token.proxy ?? config.keys.proxy,
          extraCa: probe.caFile === null ? [] : [await readFile(probe.caFile, "utf8").catch(() => "")].filter(Boolean),
          timeoutMs: config.keys.timeoutMs,
        });
  const configured = probe.token === null || requests === null ? null : openTokenSource(probe.token, requests.send);
  const tokens = given.tokens ?? configured;
  const prober = createProber({
    settings: {
      protocols: probe.protocols,
      timeoutMs: probe.timeoutMs,
      trust: await readTrust(probe.caFile),
      identity: probe.identity,
      authorities: probe.authorities.map((host) => host.toLowerCase()),
      readings: probe.readings,
      version: readVersion().version,
    },
    targets: targetsOf(probe, config.server),
    tokens: tokens === null || logger === null ? tokens : watched(tokens, logger),
    everyMs: probe.everyMs,
    atOnce: probe.atOnce,
    clock,
    ...(given.book === undefined ? {} : { book: given.book }),
    ...(logger === null ? {} : { onRun: verdictLog(logger) }),
  });
  return {
    prober,
    hasTokens: tokens !== null,
    protocols: probe.protocols,
    credentialNotAfterMs: () => tokens?.credentialNotAfterMs() ?? null,
    close: async () => {
      await prober.stop();
      await requests?.close();
    },
  };
}

/** The configured servers; without any, the local server at 127.0.0.1:443. */
export function targetsOf(probe: ProbeConfig, ownName: string | null): readonly ProbeTarget[] {
  const { namespace, autodiscover } = probe;
  const shared = { namespace, autodiscoverNamespace: autodiscover ?? namespace };
  if (probe.servers.length === 0)
    return [{ ...shared, name: ownName ?? hostname().split(".")[0] ?? "localhost", host: "127.0.0.1", port: 443 }];
  return probe.servers.map((server) => {
    const { host, port } = parseAddress(server.address) ?? { host: "", port: 0 };
    const own =
      server.namespace === null ? shared : { namespace: server.namespace, autodiscoverNamespace: server.namespace };
    return { name: server.name, host, port, ...own };
  });
}

/** Logs once that the application has more rights than it needs. */
function watched(tokens: TokenSource, logger: Logger): TokenSource {
  let isLogged = false;
  return {
    ...tokens,
    tokenFor: async (namespace) => {
      const result = await tokens.tokenFor(namespace);
      if (result.kind === "token" && !isLogged && (result.hasRoles || result.tokenKind !== "app_only")) {
        isLogged = true;
        logger.warn("The probe's token has roles: remove the roles from its application", {
          kind: result.tokenKind,
          roles: result.hasRoles,
        });
      }
      return result;
    },
  };
}

/** Logs each change of a verdict. Remembers one verdict per configured server, protocol and probe. */
function verdictLog(logger: Logger): (outcomes: readonly ProbeOutcome[]) => void {
  const known = new Map<string, string>();
  return (outcomes) => {
    for (const { server, protocol, probe, verdict, reason, status, errorNumber } of outcomes) {
      const key = `${server}|${protocol}|${probe}`;
      if (known.get(key) === verdict) continue;
      known.set(key, verdict);
      logger.info("Probe verdict", {
        server,
        protocol,
        probe,
        verdict,
        because: PROBE_REASONS[reason],
        status,
        errorNumber,
      });
    }
  };
}
