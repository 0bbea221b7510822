import { command, note, remedy } from "../catalogue/commands.ts";
import { ORGANISATION, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const usersSynchronised: Check = {
  id: "users_synchronised",
  title: "Mailbox users exist in Entra ID",
  why:
    "Exchange refuses the token of a user that it cannot find with 2000005 (invalid_user): the user is not " +
    "synchronised, or has another UPN or SMTP address. This needs Microsoft Graph, which the exporter does " +
    "not query, " +
    "so the verdict is always unknown; incidents of the cause unknown_user show the same from the logs.",
  remedy: remedy(
    note("For a few of the people who are refused, compare"),
    command("showGraphUser"),
    note("with"),
    command("showUser"),
  ),
  severity: "info",
  evaluate: () => [
    unknown(
      ORGANISATION,
      "needs Microsoft Graph, which is not asked; compare UPN and SMTP addresses of a few mailboxes by hand",
    ),
  ],
};
