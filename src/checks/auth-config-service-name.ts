import { command } from "../catalogue/commands.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

const SERVICE_NAME = "00000002-0000-0ff1-ce00-000000000000";

export const authConfigServiceName: Check = {
  id: "auth_config_service_name",
  title: "Get-AuthConfig has Exchange's service name and no realm",
  why:
    "Exchange answers to this application id. With another, or with a realm, the audience of tokens does not " +
    "match and server-to-server calls fail.",
  remedy: command("serviceName"),
  severity: "warning",
  evaluate: (snapshot) => {
    const config = snapshot.authConfig;
    if (config === null) return [unknown(ORGANISATION, notCollected(snapshot, "authConfig", "Get-AuthConfig"))];
    const { ServiceName: name, Realm: realm } = config;
    const found: string[] = [];
    if (name !== null && name.toLowerCase() !== SERVICE_NAME) found.push(`ServiceName ${name === "" ? "blank" : name}`);
    if (realm !== null && realm !== "") found.push(`Realm ${realm}`);
    if (found.length > 0)
      return [fail(ORGANISATION, { found: found.join("; "), wanted: `ServiceName ${SERVICE_NAME}, Realm blank` })];
    if (name === null || realm === null)
      return [unknown(ORGANISATION, "the snapshot lacks ServiceName or Realm of Get-AuthConfig")];
    return [pass(ORGANISATION)];
  },
};
