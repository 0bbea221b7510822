import { createRandom } from "../random.ts";

/** Kinds of clients; each signs in its own way. */
export const CLIENT_KINDS = [
  "outlook",
  "outlook_ntlm",
  "mac_outlook",
  "teams",
  "ios",
  "outlook_mobile",
  "basic_phone",
  "browser",
  "cloud",
  "mobile_cloud",
  "hidden",
  "federation",
  "script",
] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** One device or program of one synthetic user. */
export interface SimulatedClient {
  readonly kind: ClientKind;
  /** Name in the truth file; appears in no log. */
  readonly label: string;
  /** c-ip of IIS. Unique for the clients of a server, except behind a proxy. */
  readonly address: string;
  /** Address behind a proxy that adds X-Forwarded-For; null without a proxy. HttpProxy logs the chain. */
  readonly forwardedFor: string | null;
  /** As the client sends it, including blanks and commas. */
  readonly userAgent: string;
  /** `user017@contoso.example`. */
  readonly user: string;
  readonly mailboxId: string;
  readonly clientId: string;
  readonly deviceId: string;
  /** Each request comes from another address with a port: a phone that connects through Exchange Online. */
  readonly rotates: boolean;
}

const USER_AGENTS: Readonly<Record<ClientKind, readonly [string, ...string[]]>> = {
  outlook: [
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16731; Pro)",
  ],
  outlook_ntlm: ["Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.4771; Pro)"],
  mac_outlook: [
    "MacOutlook/16.89.24090815 (Intelx64 Mac OS X 14.6.1 (Build 23G93))",
    "MacOutlook/16.78.23100802 (arm64 Mac OS X 13.6 (Build 22G120))",
  ],
  teams: ["SkypeSpaces/1.0a$*+", "Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.17928; Pro)"],
  ios: ["Apple-iPhone14C5/2107.84", "Apple-iPad13C4/2106.95", "Apple-iPhone16C1/2201.78"],
  outlook_mobile: ["Outlook-iOS-Android/1.0", "Outlook-iOS/723.4027091.prod.iphone (4.28.0)"],
  basic_phone: ["Android-SAMSUNG-SM-A525F/101.120000", "TouchDown(MSRPC)/8.1.00052/"],
  browser: [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
  ],
  cloud: ["ASProxy/CrossForest/EmailDomain//15.20.8158.021", "ASProxy/CrossForest/Directory//15.20.8137.022"],
  mobile_cloud: ["Outlook-iOS-Android/1.0"],
  hidden: ["Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)"],
  federation: ["ASProxy/CrossForest/EmailDomain//15.20.8158.021"],
  script: ["python-requests/2.31.0", "curl/8.4.0", "Go-http-client/1.1", "-"],
};

/** Groups below this number are regular clients of a server; groups from it on belong to scenarios. */
export const FIRST_SCENARIO_GROUP = 64;

/** Creates a client of a group. The same arguments give the same client. */
export function simulatedClient(kind: ClientKind, group: number, index: number): SimulatedClient {
  const random = createRandom(index, `client ${group}`);
  const isProxied = group < FIRST_SCENARIO_GROUP && index % 41 === 7 && (kind === "ios" || kind === "basic_phone");
  const user = `user${String(group * 65_536 + index + 1).padStart(3, "0")}`;
  return {
    kind,
    // Clients behind one address cannot be distinguished.
    label: kind === "hidden" ? `hidden-${group}` : `client-${group}-${index}`,
    address: isProxied ? "192.0.2.10" : addressOf(kind, group, index),
    forwardedFor: isProxied ? `198.51.100.${(index % 250) + 1}` : null,
    userAgent: random.pick(USER_AGENTS[kind]),
    user: `${user}@contoso.example`,
    mailboxId: random.guid(),
    clientId: random.hex(24).toUpperCase(),
    deviceId: random.hex(26).toUpperCase(),
    rotates: kind === "mobile_cloud",
  };
}

function addressOf(kind: ClientKind, group: number, index: number): string {
  if (kind === "hidden") return "192.0.2.20";
  if (kind === "script") return `${index % 508 < 254 ? "203.0.113" : "198.51.100"}.${(index % 254) + 1}`;
  if (group < FIRST_SCENARIO_GROUP) return `10.${32 + group}.${(index >> 8) & 0xff}.${index & 0xff}`;
  if (index < 256) return `172.${16 + ((group >> 8) & 0x0f)}.${group & 0xff}.${index}`;
  return `10.${96 + (index >> 8)}.${group & 0xff}.${index & 0xff}`;
}
