import type { Call } from "../clients/call.ts";
import type { SimulatedRequest } from "../clients/request.ts";

/** A request with the values that its rows in the different logs share. */
export interface LoggedRequest {
  readonly request: SimulatedRequest;
  readonly call: Call;
  /** HttpProxy RequestId, cafeReqId, MapiHttp RequestId. */
  readonly requestId: string;
  readonly endMs: number;
  readonly durationMs: number;
  /** HTTP status sent to the client. */
  readonly status: number;
  /** A back end handled the request. */
  readonly isProxied: boolean;
}

/**
 * Account as HttpProxy and IIS log it; "" when no user is signed in. For Bearer it is the mail address, for Windows
 * schemes the NT account name.
 */
export function accountOf({ client, signIn, outcome }: SimulatedRequest): string {
  if (outcome.kind !== "success" && outcome.kind !== "error") return "";
  if (signIn === "bearer" || signIn === "forms" || signIn === "basic") return client.user;
  return `CONTOSO\\${client.user.slice(0, client.user.indexOf("@"))}`;
}
