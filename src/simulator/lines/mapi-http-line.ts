import { exchangeTime } from "./instant-text.ts";
import { mapiHttpRefusal } from "../clients/refusal-text.ts";
import type { LoggedRequest } from "./logged-request.ts";

/** Row of the back end in `Logging\MapiHttp\Mailbox` on the mailbox server, 46 columns. */
export function mapiHttpLine({ request, call, requestId, endMs, durationMs, status }: LoggedRequest): string {
  const { target, server, client, outcome, signIn } = request;
  const isServed = outcome.kind === "success";
  const scheme = signIn === "bearer" ? server.bearerSpelling : signIn === "ntlm" ? "NTLM" : "Negotiate";
  const user = isServed ? client.user : "";
  return (
    `${exchangeTime(endMs - 2)},${requestId},${call.clientRequestId.slice(2, 42)},${call.clientRequestId},${call.action},${status},${isServed ? "Success" : "AccessDenied"},` +
    `0,0,${Math.max(0, durationMs - 4)},Unknown,${target.version.join(",")},${user},${user},,,${client.mailboxId},fb7adba2-51f4-47e3-b170-fd39f85aaf35,,` +
    `${client.address},${server.fqdn},,,MAPIAAAA${client.clientId.slice(0, 12)},${durationMs % 97},16.0.17928.20000,OUTLOOK.EXE,16.0.17928.20000,Cached,` +
    `${scheme},1,,,,${signIn === "bearer" ? "2" : ""},${outcome.kind === "rejected" ? mapiHttpRefusal(outcome) : ",,"},${user},` +
    `${isServed ? "[Logon]" : ""},,BackEndAuthenticator=${signIn === "bearer" ? "OAuthAuthenticator" : "WindowsAuthenticator"};,`
  );
}
