import type { Category, Protocol, Result } from "../../model/label-values.ts";
import type { SimulatedClient } from "./client.ts";
import type { SimulatedServer } from "../farm-server.ts";

/**
 * Where a row shows the reason of a refusal. It is not publicly known which of these real servers use, so farms use all
 * of them.
 */
export const REASON_SPELLINGS = [
  "activity",
  "bare",
  "sub_error",
  "diagnostics",
  "quoted_diagnostics",
  "sentence",
] as const;
/** `none`: no log shows the reason of a refusal, which then looks like a challenge. */
export type ReasonSpelling = (typeof REASON_SPELLINGS)[number] | "none";

/** How a request ended. */
export type Outcome =
  | { readonly kind: "success" }
  /** 401 0 0 to an empty `Authorization: Bearer`. */
  | { readonly kind: "challenge" }
  /** 401 0 0 to a token; `by` is the end that refused it. */
  | {
      readonly kind: "rejected";
      readonly category: Category;
      readonly spelling: ReasonSpelling;
      readonly by: "front_end" | "back_end";
    }
  /** 401 0 0 of the back end to a caller with a SOAP header at /WSSecurity. */
  | { readonly kind: "federated" }
  /** 401 2 5: the request had no credentials, and IIS lists the schemes. */
  | { readonly kind: "anonymous" }
  /** 401 1 2148074254: a leg of NTLM. */
  | { readonly kind: "handshake" }
  /** 401 1 with this Win32 status: wrong password, NTLM failure. */
  | { readonly kind: "logon_failed"; readonly win32: number }
  | { readonly kind: "error"; readonly status: number; readonly by: "front_end" | "back_end" };

/** How the client signs in. */
export type SignIn = "bearer" | "ntlm" | "negotiate" | "kerberos" | "basic" | "forms";

/** One HTTP request as a client makes it. */
export interface SimulatedRequest {
  readonly server: SimulatedServer;
  /** Server of the mailbox. */
  readonly target: SimulatedServer;
  readonly client: SimulatedClient;
  readonly protocol: Protocol;
  readonly signIn: SignIn;
  readonly outcome: Outcome;
  /** Start of the request, Unix milliseconds; its rows are written at its end. */
  readonly atMs: number;
  /** The request is a health probe, not a user's. */
  readonly isNoise?: boolean;
}

/** True when a log of the server shows the reason of the refusal. */
export function isReasonShown(
  { spelling }: Extract<Outcome, { readonly kind: "rejected" }>,
  server: SimulatedServer,
): boolean {
  return server.logs === "iis_diagnostics" || (server.logs === "all" && spelling !== "none");
}

/** ERROR_LOGON_FAILURE. */
const WRONG_PASSWORD = 1326;

/** The result that the logs of the server can show (contract §1). */
export function visibleResult(outcome: Outcome, server: SimulatedServer): Result {
  // No column distinguishes one 401 from another, except that a wrong password has a user name.
  if (server.logs === "iis_poor" && outcome.kind !== "success" && outcome.kind !== "error")
    return outcome.kind === "logon_failed" && outcome.win32 === WRONG_PASSWORD ? "error" : "challenge";
  switch (outcome.kind) {
    case "success":
      return "success";
    case "challenge":
      return server.logs === "iis_only" ? "suspected" : "challenge";
    case "rejected":
      if (server.logs === "iis_only") return "suspected";
      return isReasonShown(outcome, server) && outcome.category !== "oauth_not_available" ? "rejected" : "challenge";
    case "federated":
      return "challenge";
    case "anonymous":
      return "challenge";
    case "handshake":
      return "handshake";
    case "logon_failed":
    case "error":
      return "error";
  }
}
