import { z } from "zod";
import { PROBE_PROTOCOLS } from "../../model/probe/probe.ts";
import { choice, duration, path, url, wholeNumber } from "../fields.ts";

const section = { error: "a map of keys" } as const;

const HOST_NAME = "a host name such as mail.contoso.com";
/** Sample: mail.contoso.com */
const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)*$/i.test(text);
const hostName = () => z.string({ error: HOST_NAME }).refine(isHostName, HOST_NAME).meta({ allowed: HOST_NAME });

const ADDRESS =
  'a host or address with an optional port, such as "10.0.0.5:443", "[2001:db8::5]:443" or ex01.contoso.com';
/** Sample: 10.0.0.5:443, [2001:db8::5], ex01.contoso.com */
const ADDRESS_PATTERN = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::(\d{1,5}))?$/i;

/** Host and port of a configured address, port 443 by default; null when it is not an address. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | null {
  const match = ADDRESS_PATTERN.exec(text);
  const port = Number(match?.[3] ?? "443");
  return match === null || port < 1 || port > 65_535 ? null : { host: match[1] ?? match[2] ?? "", port };
}

const SERVER_NAME = "a name of letters, digits, dots, hyphens and underscores";
const server = z.strictObject(
  {
    name: z
      .string({ error: SERVER_NAME })
      .regex(/^[\w.-]{1,255}$/, SERVER_NAME)
      .meta({ allowed: SERVER_NAME })
      .describe("Name of the server, as in its farm folder and in X-FEServer"),
    address: z
      .string({ error: ADDRESS })
      .refine((text) => parseAddress(text) !== null, ADDRESS)
      .meta({ allowed: ADDRESS })
      .describe("The server's own address: the probe does not go through the load balancer"),
    namespace: hostName().nullable().default(null).describe("Public name of this server, when it has its own"),
  },
  { error: "a map with name and address" },
);

const reading = z.strictObject(
  {
    pattern: z
      .string({ error: "a regular expression" })
      .min(1, "a regular expression")
      .refine(isPattern, "a regular expression"),
    verdict: z.enum(["accepted", "refused_keys", "refused_early"], {
      error: "one of accepted, refused_keys, refused_early",
    }),
  },
  { error: "a map with pattern and verdict" },
);

const CLIENT_ID = "the application's id, such as 00000000-0000-0000-0000-000000000000";
const token = z
  .strictObject(
    {
      authority: z
        .string({ error: "an address that begins with https://" })
        .refine(isHttps, "an address that begins with https://")
        .meta({ allowed: "an address that begins with https://" })
        .describe("The tenant at Entra ID, https://login.microsoftonline.com/<tenant>, or another cloud's"),
      clientId: z
        .string({ error: CLIENT_ID })
        .regex(/^[\w-]{8,64}$/, CLIENT_ID)
        .meta({ allowed: CLIENT_ID })
        .describe("The application that requests tokens. It must not have any role"),
      secretFile: path().describe("File with the application's secret"),
      certificateFile: path().describe("File with the application's certificate (PEM), instead of a secret"),
      keyFile: path().describe("File with the certificate's private key (unencrypted PEM)"),
      protocol: choice(["aad", "oidc"], "aad").describe("aad for Entra ID, oidc for AD FS and others"),
      proxy: url(["http", "https"]).describe("HTTP proxy to the authority; default: keys.proxy"),
    },
    section,
  )
  .superRefine(({ secretFile, certificateFile, keyFile }, context) => {
    const isSecret = secretFile !== null && certificateFile === null && keyFile === null;
    const isCertificate = secretFile === null && certificateFile !== null && keyFile !== null;
    if (!isSecret && !isCertificate)
      context.addIssue({ code: "custom", path: [], message: "either secretFile, or certificateFile with keyFile" });
  });

const PROTOCOL = `one of ${PROBE_PROTOCOLS.join(", ")}`;

/** Settings of the probe; without this section the exporter does not probe. */
export const PROBE_SCHEMA = z
  .strictObject(
    {
      every: duration("1m", { from: "1s", to: "24h" }).describe("Time between two probes of a server"),
      timeout: duration("5s", { from: "100ms", to: "1m" }).describe("Time-out of one request"),
      namespace: hostName().describe("Public name of the servers: Host, server name of TLS, audience of the token"),
      autodiscover: hostName().nullable().default(null).describe("Public name of Autodiscover, when it is different"),
      protocols: z
        .array(z.enum(PROBE_PROTOCOLS, { error: PROTOCOL }), { error: "a list of protocols" })
        .min(1, "a list of protocols")
        .meta({ allowed: `a list of ${PROBE_PROTOCOLS.join(", ")}` })
        .default(["ews", "mapi", "autodiscover", "eas", "oab", "rest"])
        .describe("Protocols whose virtual directories are probed"),
      servers: z
        .array(server, { error: "a list of servers" })
        .max(1_000, "a list of at most 1000 servers")
        .meta({ allowed: "a list of maps with name, address and namespace" })
        .default([])
        .describe("The servers; when empty and the exporter runs on an Exchange server: this server"),
      atOnce: wholeNumber(16, { from: 1, to: 200 }).describe("Number of servers probed at the same time"),
      caFile: path().describe("CA certificates (PEM) that are trusted in addition to the system's"),
      identity: z
        .string({ error: "an SMTP address" })
        .regex(/^[^\s@"<>]{1,64}@[\w.-]{1,255}$/, "an SMTP address")
        .nullable()
        .meta({ allowed: "an SMTP address", secret: true })
        .default(null)
        .describe("Address of an on-premises test mailbox, sent with the challenge probe; never shown"),
      authorities: z
        .array(hostName(), { error: "a list of host names" })
        .meta({ allowed: "a list of host names" })
        .default([])
        .describe("Hosts of your own authority, in addition to those of Entra ID"),
      readings: z
        .array(reading, { error: "a list of patterns with their verdicts" })
        .meta({ allowed: "a list of maps with pattern and verdict" })
        .default([])
        .describe("Patterns for refusals of a token (x-ms-diagnostics), tried before the built-in rules"),
      token: token.nullable().default(null).describe("The token probe; when absent, only the challenge is probed"),
    },
    section,
  )
  .superRefine(({ servers }, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of servers.entries()) {
      if (seen.has(name.toLowerCase()))
        context.addIssue({ code: "custom", path: ["servers", index, "name"], message: "a name that stands only once" });
      seen.add(name.toLowerCase());
    }
  })
  .transform(({ every, timeout, ...rest }) => ({ ...rest, everyMs: every, timeoutMs: timeout }));

export type ProbeConfig = z.output<typeof PROBE_SCHEMA>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "i");
    return true;
  } catch {
    return false;
  }
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:";
}
