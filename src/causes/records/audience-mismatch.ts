import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { outsideClues } from "../outside-clues.ts";
import { isRefusedFor } from "../situation.ts";

/** The tokens are issued for a host name other than the one the server sees in the request. */
export const audienceMismatch: CauseRecord = {
  cause: "audience_mismatch",
  title: "Tokens are for another host name",
  meaning:
    "The audience of the tokens is not the host name under which the server sees the request: SSL offload, a " +
    "rewriting load balancer, or a missing service principal name.",
  liesIn: "way",
  checks: ["no_ssl_offload"],
  claims: [
    {
      order: 90,
      when: "tokens are refused for `invalid_resource`",
      holds: (context) => isRefusedFor(context, "invalid_resource"),
      base: 0.7,
      because: "the reason names the fault",
      clues: outsideClues("audience_mismatch"),
    },
  ],
  firstAction:
    "Compare the host name that clients use with the SPNs in Entra ID; look for SSL offload at the load balancer",
  confirm: [
    { text: "Which addresses must be known to Entra ID", command: command("showUrls") },
    { text: "The same for EWS", command: command("showEwsUrls") },
  ],
  act: [
    {
      text:
        "Use SSL bridging instead of offload on the load balancer, keep the host name, and add what is missing to " +
        "the service principal 00000002-0000-0ff1-ce00-000000000000",
      command: null,
    },
  ],
  inRunbook: {
    signs: "invalid_resource, behind one load balancer or name",
    remedy:
      "SSL offload or a rewritten host name: TLS must reach Exchange, and the URL must be a service principal " +
      "name in Entra ID (checks `no_ssl_offload`, `service_principal_names`)",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "deep",
};
