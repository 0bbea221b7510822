import type { Scenario } from "../scenario.ts";
import { crash } from "./crash.ts";

/** IIS logs x-ms-diagnostics as a custom field, which proves refusals without any Exchange log. */
export const iisDiagnostics: Scenario = {
  ...crash,
  description:
    "stale keys on a server whose IIS logs x-ms-diagnostics (`_x` files) and that has no Exchange logs: proven",
  logs: "iis_diagnostics",
};
