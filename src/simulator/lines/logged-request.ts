import type { Call } from "../clients/call.ts";
import type { SimulatedRequest } from "../clients/request.ts";

/** A request with all that its rows in the several logs share. */
export interface LoggedRequest {
  readonly request: SimulatedRequest;
  readonly call: Call;
  /** HttpProxy RequestId, cafeReqId, MapiHttp RequestId. */
  readonly requestId: string;
  readonly endMs: number;
  readonly durationMs: number;
  /** What the client got. */
  readonly status: number;
  /** A back end handled it. */
  readonly isProxied: boolean;
}

/** Account as HttpProxy and IIS show it; "" when nobody is signed in. Bearer shows the address, Windows schemes the NT name. */
export function accountOf({ client, signIn, outcome }: SimulatedRequest): string {
  if (outcome.kind !== "success" && outcome.kind !== "error") return "";
  if (signIn === "bearer" || signIn === "forms" || signIn === "basic") return client.user;
  return `CONTOSO\\${client.user.slice(0, client.user.indexOf("@"))}`;
}
