import type { SimulatedServer } from "../farm-server.ts";
import { versionText } from "../farm-server.ts";
import { exchangeTime, iisTime } from "./instant-text.ts";
import type { LogName } from "./log-name.ts";
import type { Random } from "../random.ts";

/** The rows of one health probe: noise in every log. */
export interface NoiseRow {
  readonly log: LogName;
  readonly atMs: number;
  readonly text: string;
}

interface Probed {
  readonly folder: string;
  readonly stem: string;
  readonly agent: string;
}

const PROBED: readonly [Probed, ...Probed[]] = [
  { folder: "Ews", stem: "/ews/exchange.asmx", agent: "AMProbe/Local/ClientAccess" },
  { folder: "Mapi", stem: "/mapi/emsmdb/", agent: "MapiHttpClient" },
  { folder: "Autodiscover", stem: "/autodiscover/autodiscover.xml", agent: "AMProbe/Local/ClientAccess" },
  { folder: "Eas", stem: "/Microsoft-Server-ActiveSync/default.eas", agent: "AMProbe/Local/ClientAccess" },
  {
    folder: "Owa",
    stem: "/owa/",
    agent: "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON; ACTIVEMONITORING; ACTIVEMONITORING)",
  },
];

/** Rows of one probe of Managed Availability or of the load balancer. */
export function probeRows(server: SimulatedServer, atMs: number, random: Random): readonly NoiseRow[] {
  const kind = random.next();
  if (kind < 0.15) return [balancerRow(server, atMs, random)];
  const probe = random.pick(PROBED);
  const requestId = random.guid();
  const refused = random.chance(0.12);
  const address = random.pick(["127.0.0.1", "::1", `fe80::1234:5678:123:${random.hex(3)}%3`]);
  const rows: NoiseRow[] = [iisProbeRow(server, { atMs, requestId, refused, address, ...probe })];
  if (server.logs === "all") rows.unshift(httpProxyProbeRow(server, { atMs, requestId, refused, address, ...probe }));
  return rows;
}

interface Probe {
  readonly atMs: number;
  readonly requestId: string;
  readonly refused: boolean;
  readonly address: string;
  readonly folder: string;
  readonly stem: string;
  readonly agent: string;
}

function balancerRow(server: SimulatedServer, atMs: number, random: Random): NoiseRow {
  const folder = random.pick(["mapi", "ews", "owa", "Microsoft-Server-ActiveSync", "autodiscover"]);
  const counts = server.hasByteCounts ? " 340 120" : "";
  const text =
    `${iisTime(atMs)} ${server.address} GET /${folder}/healthcheck.htm ` +
    `&CorrelationID=<empty>;&cafeReqId=${random.guid()}; 443 - 192.0.2.10 - - ` +
    `200${server.logs === "iis_poor" ? "" : " 0 0"}${counts} ${1 + random.below(4)}${server.logs === "iis_diagnostics" ? " -" : ""}`;
  return { log: "iis_front", atMs, text };
}

function iisProbeRow(server: SimulatedServer, probe: Probe): NoiseRow {
  const user = probe.refused ? "-" : "CONTOSO\\HealthMailbox4f1c2e7";
  const counts = server.hasByteCounts ? " 512 700" : "";
  const text =
    `${iisTime(probe.atMs)} ${probe.address} ${probe.folder === "Owa" ? "GET" : "POST"} ${probe.stem} ` +
    `&CorrelationID=<empty>;&cafeReqId=${probe.requestId}; 443 ${user} ` +
    `${probe.address} ${probe.agent.replaceAll(" ", "+")} - ${probeStatus(server, probe.refused)}${counts} ` +
    `14${server.logs === "iis_diagnostics" ? " -" : ""}`;
  return { log: "iis_front", atMs: probe.atMs, text };
}

function probeStatus(server: SimulatedServer, isRefused: boolean): string {
  if (server.logs === "iis_poor") return isRefused ? "401" : "200";
  return isRefused ? "401 1 2148074254" : "200 0 0";
}

function httpProxyProbeRow(server: SimulatedServer, probe: Probe): NoiseRow {
  const time = exchangeTime(probe.atMs);
  const head = `${time},${probe.requestId},${server.version.join(",")},,${probe.folder},localhost,${probe.stem},,Negotiate`;
  const text = probe.refused
    ? `${head},false,,,,${probe.agent},${probe.address},${server.name},401,,,POST,,,,,,,,,0,,,,,,,,,,,,,,,1,,,,,,,,,,,,,,1,,0,1,,,,BeginRequest=${time};CorrelationID=<empty>;SharedCacheGuard=0;EndRequest=${time};,,,,,,`
    : `${head},true,CONTOSO\\HealthMailbox4f1c2e7,,Sid~S-1-5-21-123456789-987654321-123456798-1142,${probe.agent},${probe.address},${server.name},200,200,,POST,Proxy,` +
      `${server.fqdn},${versionText(server.version)},IntraForest,WindowsIdentity,,,,0,,,,0,1,,0,,0,,0,0,,0,1,0,,,,,,,,,0,1,0,,1,,1,1,,,,BeginRequest=${time};CorrelationID=<empty>;` +
      `ProxyState-Run=None;FEAuth=BEVersion-1942063431;ProxyState-Complete=PrepareServerRequest;SharedCacheGuard=0;EndRequest=${time};,,,|RoutingDB:fb7adba2-51f4-47e3-b170-fd39f85aaf35,,,CafeV1`;
  return { log: `http_proxy/${probe.folder}`, atMs: probe.atMs, text };
}
