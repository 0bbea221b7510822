import type { ProbeProtocol } from "./probe.ts";

/** What a probe proves of a compliance check, from outside. */
export interface ProbeProof {
  /** Id of the check. */
  readonly check: string;
  readonly about: ProofObject;
  readonly verdict: "pass" | "fail";
  /** For a failing one: what was found, and what should be. */
  readonly found: string;
  readonly wanted: string;
}

/** What a proof is about. */
export type ProofObject =
  | { readonly kind: "organisation" }
  | { readonly kind: "server"; readonly server: string }
  /** A virtual directory of one server. */
  | { readonly kind: "directory"; readonly server: string; readonly protocol: ProbeProtocol }
  /** The virtual directories of one protocol on all servers. */
  | { readonly kind: "protocol"; readonly protocol: ProbeProtocol }
  /** A public name. */
  | { readonly kind: "namespace"; readonly namespace: string };
