import type { Protocol } from "../../model/label-values.ts";
import type { SimulatedClient } from "./client.ts";
import type { Random } from "../random.ts";

/** What a client requests: the request line, and its names in the logs. */
export interface Call {
  readonly method: string;
  readonly stem: string;
  /** Query as sent, without `?`; "" when there is none. */
  readonly query: string;
  /** ProtocolAction, SoapAction or MAPI request type; "" when there is none. */
  readonly action: string;
  readonly clientRequestId: string;
}

/** Folder of the HttpProxy log, and value of its `Protocol` column. */
export const HTTP_PROXY_FOLDERS: Readonly<Record<Protocol, string>> = {
  ews: "Ews",
  mapi: "Mapi",
  autodiscover: "Autodiscover",
  eas: "Eas",
  oab: "Oab",
  owa: "Owa",
  ecp: "Ecp",
  rest: "Rest",
  rpc_http: "RpcHttp",
  powershell: "PowerShell",
  other: "Owa",
};

const OAB = "7f4a1c0e-5b7d-4a53-9d55-0c8f2f3b6d10";

export function callOf(client: SimulatedClient, protocol: Protocol, random: Random): Call {
  const plain = { query: "", action: "", clientRequestId: "" };
  switch (protocol) {
    case "mapi":
      return mapiCall(client, random);
    case "ews": {
      if (client.kind === "federation") return { ...plain, method: "POST", stem: "/EWS/Exchange.asmx/WSSecurity" };
      const action = random.pick([
        "GetFolder",
        "SyncFolderItems",
        "GetItem",
        "FindItem",
        "GetUserAvailability",
        "GetEvents",
        "Subscribe",
      ]);
      return {
        ...plain,
        method: "POST",
        stem: "/EWS/Exchange.asmx",
        action,
        clientRequestId: random.chance(0.5) ? random.guid().toUpperCase() : "",
      };
    }
    case "eas":
      return activeSyncCall(client, random);
    case "autodiscover":
      return random.chance(0.7)
        ? { ...plain, method: "POST", stem: "/autodiscover/autodiscover.xml" }
        : {
            ...plain,
            method: "GET",
            stem: `/autodiscover/autodiscover.json/v1.0/${client.user}`,
            query: "Protocol=ActiveSync&RedirectCount=1",
          };
    case "oab":
      return { ...plain, method: "GET", stem: `/OAB/${OAB}/oab.xml` };
    case "owa":
      return random.chance(0.3)
        ? { ...plain, method: "GET", stem: "/owa/" }
        : {
            ...plain,
            method: "POST",
            stem: "/owa/service.svc",
            query: "action=GetItem&EP=1&ID=-42&AC=1",
            action: "GetItem",
          };
    case "ecp":
      return { ...plain, method: "GET", stem: "/ecp/default.aspx" };
    case "rest":
      return { ...plain, method: "GET", stem: "/api/v2.0/me/messages", query: "$top=25" };
    case "rpc_http":
      return {
        ...plain,
        method: "RPC_IN_DATA",
        stem: "/rpc/rpcproxy.dll",
        query: `${client.mailboxId}@contoso.example:6001`,
      };
    case "powershell":
      return {
        ...plain,
        method: "POST",
        stem: "/powershell",
        query: "PSVersion=5.1.17763.6414",
        action: "New-PSSession:Receive",
      };
    case "other":
      return { ...plain, method: "GET", stem: "/" };
  }
}

function mapiCall(client: SimulatedClient, random: Random): Call {
  const action = random.pick(["Execute", "Execute", "Execute", "Connect", "NotificationWait", "Disconnect"]);
  const clientRequestId = `R:{${random.guid().toUpperCase()}}:${random.below(900) + 1};RT:${action};CI:{${client.mailboxId.toUpperCase()}}:1;CID:${random.guid()}`;
  const stem = random.chance(0.9) ? "/mapi/emsmdb/" : "/mapi/nspi/";
  return { method: "POST", stem, query: `mailboxId=${client.mailboxId}@contoso.example`, action, clientRequestId };
}

const DEVICE_TYPES = { outlook_mobile: "Outlook", ios: "iPhone", basic_phone: "SAMSUNGSMA525F" } as const;

function activeSyncCall(client: SimulatedClient, random: Random): Call {
  const command = random.pick(["Sync", "Ping", "Ping", "FolderSync", "ItemOperations"]);
  const deviceType =
    client.kind === "outlook_mobile" || client.kind === "basic_phone"
      ? DEVICE_TYPES[client.kind]
      : client.kind === "mobile_cloud"
        ? DEVICE_TYPES.outlook_mobile
        : DEVICE_TYPES.ios;
  const user = client.user.replace("@", "%40");
  const query = random.chance(0.5)
    ? `Cmd=${command}&User=${user}&DeviceId=${client.deviceId}&DeviceType=${deviceType}`
    : `User=${user}&DeviceId=${client.deviceId}&DeviceType=${deviceType}&Cmd=${command}`;
  return {
    method: "POST",
    stem: "/Microsoft-Server-ActiveSync/default.eas",
    query,
    action: command,
    clientRequestId: "",
  };
}
