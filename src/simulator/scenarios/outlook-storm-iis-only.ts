import type { Scenario } from "../scenario.ts";
import { outlookStorm } from "./outlook-storm.ts";

/** The same on a server with IIS logs only, which cannot distinguish a challenge from a refusal. */
export const outlookStormIisOnly: Scenario = {
  ...outlookStorm,
  logs: "iis_only",
  description: "Monday morning on a server with IIS logs alone: every challenge is suspect, none is a loop",
};
