import { exchangeTime } from "./instant-text.ts";
import { ewsRefusal } from "../clients/refusal-text.ts";
import type { LoggedRequest } from "./logged-request.ts";

/** Row of the back end in `Logging\Ews` on the mailbox server, 92 columns. `processId` is its worker process. */
export function ewsLine(
  { request, call, requestId, endMs, durationMs, status }: LoggedRequest,
  processId: number,
): string {
  const { target, server, client, outcome, signIn } = request;
  const isServed = outcome.kind === "success";
  const scheme = signIn === "bearer" ? server.bearerSpelling : "Logon";
  const backEnd = signIn === "bearer" ? "OAuthAuthenticator" : "WindowsAuthenticator";
  const core = Math.max(0, durationMs - 5);
  const memory = 137_332_048 + (endMs % 9_000_000);
  return (
    `${exchangeTime(endMs - 1)},${requestId},${target.version.join(",")},Unknown,${call.clientRequestId},${scheme},${isServed ? "true" : "false"},` +
    `${isServed ? client.user : ""},${isServed ? "contoso.example" : ""},${client.userAgent.replaceAll(",", " ")},Target=None;Req=Exchange2013/Exchange2013;,` +
    `${client.address},${target.name},${server.fqdn.toUpperCase()},${call.action},${status},${600 + (durationMs % 900)},${isServed ? 2000 + (durationMs % 9000) : ""},,` +
    `,,,${requestId.replaceAll("-", "")},${requestId},PrimaryServer,LocalTask,0,1,0,1,0,,,,,,,,,,,,,,,,,,,,[C],0,0,1,0,10,,1,${core},,0,${core},1,${durationMs},,,` +
    `SKU=Unknown;App_BeginReq_Start=0;App_BeginReq_End=0;GetHandler_Start=0;RequestHandler=Wcf;GetHandler_End=0;BackEndAuthenticator=${backEnd};` +
    `TotalBERehydrationModuleLatency=0;S:ServiceTaskMetadata.WatsonReportCount=0;S:ActivityStandardMetadata.Component=Ews;S:WLM.BT=Ews;Dbl:WLM.TS=${durationMs};` +
    `I32:ADS.C[DC01]=1;F:ADS.AL[DC01]=2.46475,${outcome.kind === "rejected" ? ewsRefusal(outcome) : ""},,,${exchangeTime(endMs - durationMs)},${processId},,` +
    `${memory},${memory + 1_921_560},4038_450_53,4038_450_53,,,,,,,,,,,,`
  );
}
