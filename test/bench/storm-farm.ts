import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CLIENTS = 1_000;
const START_MS = Date.parse("2026-11-22T08:00:00Z");
const AGENT = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)";
const IIS_HEADER =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n";
const PROXY_HEADER =
  "DateTime,RequestId,Protocol,UrlStem,AuthenticationType,AuthenticatedUser,HttpStatus,ClientIpAddress,UserAgent,GenericInfo\r\n";

interface Client {
  readonly index: number;
  /** Seconds after the start. */
  nextAt: number;
  refusalsLeft: number;
}

/**
 * IIS and HttpProxy logs of 1,000 clients of one server that are refused repeatedly, created once: 1.8 MB a minute. No scenario of the
 * simulator has as many clients.
 */
export function stormFarm(folder: string, minutes: number): string {
  const farm = join(folder, `storm-${minutes}min`);
  if (existsSync(farm)) return farm;
  const unfinished = `${farm}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  const iis = join(unfinished, "EX01/LogFiles/W3SVC1");
  const proxy = join(unfinished, "EX01/Logging/HttpProxy/Ews");
  for (const made of [iis, proxy]) mkdirSync(made, { recursive: true });
  const iisFile = join(iis, "u_ex261122.log");
  writeFileSync(iisFile, IIS_HEADER);
  const random = createRandom();
  const clients = Array.from({ length: CLIENTS }, (_, index) => ({ index, nextAt: random() * 20, refusalsLeft: 20 }));
  for (let minute = 0; minute < minutes; minute++) {
    const hour = String(8 + Math.floor(minute / 60)).padStart(2, "0");
    const proxyFile = join(proxy, `HttpProxy_20261122${hour}-1.LOG`);
    if (minute % 60 === 0) writeFileSync(proxyFile, PROXY_HEADER);
    const rows = rowsOfMinute(clients, minute, random);
    appendFileSync(iisFile, rows.map(iisRow).join(""));
    appendFileSync(proxyFile, rows.map(proxyRow).join(""));
  }
  renameSync(unfinished, farm);
  return farm;
}

interface StormRow {
  readonly client: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly id: string;
  readonly isRefused: boolean;
}

/** A client is refused 20 times in about five minutes, then served once, and refused again half a minute later. */
function rowsOfMinute(clients: readonly Client[], minute: number, random: () => number): StormRow[] {
  const rows: (StormRow & { readonly second: number })[] = [];
  for (const client of clients) {
    while (client.nextAt < (minute + 1) * 60) {
      const second = client.nextAt;
      const isRefused = client.refusalsLeft > 0;
      client.refusalsLeft = isRefused ? client.refusalsLeft - 1 : 15 + Math.floor(random() * 10);
      client.nextAt += isRefused ? 8 + random() * 16 : 30;
      const at = new Date(START_MS + second * 1_000).toISOString();
      rows.push({ client: client.index, at, id: requestId(random), isRefused, second });
    }
  }
  return rows.sort((a, b) => a.second - b.second);
}

function iisRow({ client, at, id, isRefused }: StormRow): string {
  const user = isRefused ? "-" : `CONTOSO\\u${client}`;
  const status = isRefused ? "401 0 0" : "200 0 0";
  return (
    `${at.slice(0, 10)} ${at.slice(11, 19)} 10.0.0.1 POST /EWS/Exchange.asmx ` +
    `&CorrelationID=<empty>;&cafeReqId=${id}; 443 ${user} ${addressOf(client)} ${AGENT.replaceAll(" ", "+")} ` +
    `- ${status} 15\r\n`
  );
}

function proxyRow({ client, at, id, isRefused }: StormRow): string {
  const user = isRefused ? "" : `u${client}@contoso.com`;
  const info = isRefused
    ? "S:ServiceCommonMetadata.OAuthErrorCategory=InvalidSignature;S:AuthError=Bearer"
    : `BeginRequest=${at}`;
  return `${at},${id},Ews,/EWS/Exchange.asmx,Bearer,${user},${isRefused ? 401 : 200},${addressOf(client)},"${AGENT}",${info}\r\n`;
}

function addressOf(client: number): string {
  return `10.${client >> 8}.${client & 255}.9`;
}

function requestId(random: () => number): string {
  const part = (): string =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return `${part()}-1111-4222-8333-${part()}0000`;
}

/** The same numbers in each run, in the range [0, 1). */
function createRandom(): () => number {
  let state = 7;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x8000_0000;
}
