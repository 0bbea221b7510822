import type { SimulatedServer } from "../farm-server.ts";
import { versionText } from "../farm-server.ts";
import { exchangeTime } from "./instant-text.ts";

/** Row of a token request of the Services app pool for free/busy lookups in Exchange Online, 18 columns. */
export function oauthOutboundLine(
  server: SimulatedServer,
  token: { readonly atMs: number; readonly sequence: number; readonly processId: number; readonly requestId: string },
): string {
  return (
    `${exchangeTime(token.atMs)},${token.sequence},${token.processId},${versionText(server.version)},GetAppToken,Success,${120 + (token.sequence % 400)},ASProxy/CrossForest,` +
    `${token.requestId},https://outlook.office365.com/EWS/Exchange.asmx,contoso.example,00000002-0000-0ff1-ce00-000000000000/outlook.office365.com@b1946ac9-2492-4d23-8f3c-0a2b5c6d7e8f,` +
    `w3wp_MSExchangeServicesAppPool,,,ACS=${110 + (token.sequence % 300)},${28_000 + (token.sequence % 800)},FromCache`
  );
}
