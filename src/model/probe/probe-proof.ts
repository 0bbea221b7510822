import type { ProbeProtocol } from "./probe.ts";

/** What a probe proves about a compliance check. */
export interface ProbeProof {
  /** Id of the check. */
  readonly check: string;
  readonly about: ProofObject;
  readonly verdict: "pass" | "fail";
  /** For a failed check: the actual and the expected state. */
  readonly found: string;
  readonly wanted: string;
}

/** The object that a proof is about. */
export type ProofObject =
  | { readonly kind: "organisation" }
  | { readonly kind: "server"; readonly server: string }
  /** A virtual directory of one server. */
  | { readonly kind: "directory"; readonly server: string; readonly protocol: ProbeProtocol }
  /** The virtual directories of one protocol on all servers. */
  | { readonly kind: "protocol"; readonly protocol: ProbeProtocol }
  /** A public host name. */
  | { readonly kind: "namespace"; readonly namespace: string };
