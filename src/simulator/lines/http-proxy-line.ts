import { HTTP_PROXY_FOLDERS } from "../clients/call.ts";
import { versionText } from "../farm-server.ts";
import { exchangeTime } from "./instant-text.ts";
import { refusalText } from "../clients/refusal-text.ts";
import type { SignIn, SimulatedRequest } from "../clients/request.ts";
import { type LoggedRequest, accountOf } from "./logged-request.ts";

const SCHEME_NAMES: Readonly<Record<Exclude<SignIn, "bearer">, string>> = {
  ntlm: "NTLM",
  negotiate: "Negotiate",
  kerberos: "Kerberos",
  basic: "Basic",
  forms: "FBA",
};

/** True when HttpProxy logs the request. It does not log the 401 to an anonymous request. */
export function isInHttpProxy({ outcome }: SimulatedRequest): boolean {
  return outcome.kind !== "anonymous";
}

/** Row of the front end in `Logging\HttpProxy\<protocol>`, 74 columns. */
export function httpProxyLine(logged: LoggedRequest): string {
  return logged.isProxied ? servedLine(logged) : answeredLine(logged);
}

/** The first 18 columns, the same for both kinds of rows. */
function beginning({ request, call, requestId, endMs }: LoggedRequest): string {
  const { server, client, signIn, outcome } = request;
  // A federated caller signs in with a SOAP header, so the front end knows no scheme.
  const scheme = outcome.kind === "federated" ? "" : signIn === "bearer" ? server.bearerSpelling : SCHEME_NAMES[signIn];
  const account = accountOf(request);
  const chain = client.forwardedFor === null ? client.address : `${client.forwardedFor}  ${client.address}`;
  const isKnown = account !== "" && outcome.kind === "success";
  const organisation = isKnown && signIn === "bearer" ? "contoso.example" : "";
  const anchor = !isKnown
    ? ""
    : request.protocol === "mapi"
      ? `MailboxGuid~${client.mailboxId}`
      : `Smtp~${client.user}`;
  return (
    `${exchangeTime(endMs)},${requestId},${server.version.join(",")},${call.clientRequestId},${HTTP_PROXY_FOLDERS[request.protocol]},` +
    `mail.contoso.example,${call.stem},${request.protocol === "mapi" ? "" : call.action},${scheme},${isKnown ? "true" : "false"},${account},${organisation},` +
    `${anchor},${client.userAgent.replaceAll(",", " ")},${chain},${server.name}`
  );
}

/** Row of a request that the front end proxied to the back end. */
function servedLine(logged: LoggedRequest): string {
  const { request, call, durationMs, endMs, status } = logged;
  const { target, outcome } = request;
  const begin = exchangeTime(endMs - durationMs);
  const end = exchangeTime(endMs);
  const sent = exchangeTime(endMs - Math.max(1, durationMs - 3));
  const refusal =
    outcome.kind === "rejected" ? refusalText(outcome) : { errorCode: "", genericInfo: "", genericErrors: "" };
  const wait = Math.max(0, durationMs - 4);
  const query = call.query === "" ? "" : `?${call.query}`;
  return (
    `${beginning(logged)},${status},${status},${refusal.errorCode},${call.method},Proxy,${target.fqdn},${versionText(target.version)},IntraForest,` +
    `${request.protocol === "mapi" ? "MailboxGuidWithDomain" : "WindowsIdentity"},Database~fb7adba2-51f4-47e3-b170-fd39f85aaf35~~${end.slice(0, 19)},,,` +
    `${273 + (durationMs % 800)},${295 + (durationMs % 4000)},,,0,0,,0,,0,,0,0,,0,${durationMs},0,0,1,0,${wait},0,0,0,0,0,${durationMs},1,${wait},2,3,3,${durationMs},,` +
    `${query},,BeginRequest=${begin};CorrelationID=<empty>;ProxyState-Run=None;FEAuth=BEVersion-1942063431;${refusal.genericInfo}BeginGetRequestStream=${sent};` +
    `OnRequestStreamReady=${sent};BeginGetResponse=${sent};OnResponseReady=${end};EndGetResponse=${end};ProxyState-Complete=ProxyResponseData;SharedCacheGuard=0;` +
    `EndRequest=${end};,${refusal.genericErrors},,|RoutingDB:fb7adba2-51f4-47e3-b170-fd39f85aaf35,,,CafeV1`
  );
}

/** Row of a request that the front end answered itself; the back-end columns are empty. */
function answeredLine(logged: LoggedRequest): string {
  const { request, call, durationMs, endMs, status } = logged;
  const { outcome } = request;
  const refusal =
    outcome.kind === "rejected" ? refusalText(outcome) : { errorCode: "", genericInfo: "", genericErrors: "" };
  const query = call.query === "" ? "" : `?${call.query}`;
  return (
    `${beginning(logged)},${status},,${refusal.errorCode},${call.method},,,,,,,,,0,,,,,,,,,,,,,,,${durationMs},,,,,,,,,,,,,,${durationMs},,0,${durationMs},,` +
    `${query},,BeginRequest=${exchangeTime(endMs - durationMs)};CorrelationID=<empty>;${refusal.genericInfo}SharedCacheGuard=0;` +
    `EndRequest=${exchangeTime(endMs)};,${refusal.genericErrors},,,,,`
  );
}
