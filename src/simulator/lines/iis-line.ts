import { iisTime } from "./instant-text.ts";
import { diagnosticsField } from "../clients/refusal-text.ts";
import type { Outcome } from "../clients/request.ts";
import { type LoggedRequest, accountOf } from "./logged-request.ts";

/** Row of the front end (W3SVC1). */
export function iisFrontLine(logged: LoggedRequest): string {
  const { request, call, requestId, durationMs } = logged;
  const { server, client, outcome } = request;
  const query = `${call.query}&CorrelationID=<empty>;${clientMarks(logged)}&cafeReqId=${requestId};${request.protocol === "owa" ? "&encoding=;" : ""}`;
  const account = request.signIn === "bearer" && !server.showsBearerUser ? "" : accountOf(request);
  const password = outcome.kind === "logon_failed" && request.signIn === "basic" ? client.user : "";
  const counts = server.hasByteCounts ? ` ${512 + (durationMs % 7000)} ${300 + (durationMs % 900)}` : "";
  const diagnostics =
    server.logs !== "iis_diagnostics" ? "" : outcome.kind === "rejected" ? ` ${diagnosticsField(outcome)}` : " -";
  return (
    `${iisTime(logged.endMs)} ${server.address} ${call.method} ${call.stem} ${encoded(query)} 443 ${encoded(account || password) || "-"} ` +
    `${client.address} ${encoded(client.userAgent)} - ` +
    `${logged.status}${server.logs === "iis_poor" ? "" : ` ${subStatusOf(outcome)}`}${counts} ` +
    `${durationMs}${diagnostics}`
  );
}

/** Row of the back end (W3SVC2) on the mailbox server. */
export function iisBackLine(logged: LoggedRequest, status: number): string {
  const { request, call, requestId, durationMs } = logged;
  const { target, server, client } = request;
  const query = `${call.query}&CorrelationID=<empty>;&cafeReqId=${requestId};`;
  const counts = target.hasByteCounts ? ` ${512 + (durationMs % 7000)} ${300 + (durationMs % 900)}` : "";
  const diagnostics = target.logs === "iis_diagnostics" ? " -" : "";
  const account = status === 401 ? "" : accountOf(request);
  return (
    `${iisTime(logged.endMs - 2)} ${target.address} ${call.method} ${call.stem} ${encoded(query)} 444 ${encoded(account) || "-"} ` +
    `${server.address} ${encoded(client.userAgent)} - ` +
    `${status}${target.logs === "iis_poor" ? "" : " 0 0"}${counts} ${Math.max(0, durationMs - 3)}${diagnostics}`
  );
}

/** Outlook sends its own ids; its RequestId is not the front end's. */
function clientMarks({ request, requestId }: LoggedRequest): string {
  const { kind, clientId } = request.client;
  if (kind !== "outlook" && kind !== "outlook_ntlm") return "";
  return kind === "outlook"
    ? `&ClientId=${clientId}&RequestId=${requestId.slice(28)}${requestId.slice(8, 28)}${requestId.slice(0, 8)}`
    : `&ClientId=${clientId}`;
}

/** IIS writes `+` for a blank. */
function encoded(text: string): string {
  return text.replaceAll(" ", "+");
}

function subStatusOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "anonymous":
      return "2 5";
    case "handshake":
      return "1 2148074254";
    case "logon_failed":
      return `1 ${outcome.win32}`;
    default:
      return "0 0";
  }
}
