import { XMLParser, XMLValidator } from "fast-xml-parser";
import { readCertificate } from "../../model/snapshot/snapshot-facts.ts";
import type { PublishedKey } from "../../model/snapshot/signing-keys.ts";

/** No issuer publishes so many keys; a document with more is refused. */
export const MAX_KEYS = 200;
const MAX_KID_LENGTH = 128;

/** The keys of a document, or why it contains none. */
export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly PublishedKey[] }
  | { readonly ok: false; readonly because: string };

/**
 * Parses the signing keys of a document at an AuthServer's metadata URL: federation metadata (XML), or the metadata of the access control
 * service (JSON). Never throws, whatever the text is.
 */
export function parseMetadata(text: string): ParsedKeys {
  if (isTooComplex(text)) return TOO_COMPLEX;
  return /^\uFEFF?\s*</.test(text) ? parseFederationMetadata(text) : parseJson(text, readAccessControlKeys);
}

/** Parses the signing keys of an OpenID key set. Keys of tenants other than `tenant` (a GUID, or "" if unknown) are left out. */
export function parseOpenIdKeys(text: string, tenant: string): ParsedKeys {
  return parseJson(text, (json) => readOpenIdKeys(json, tenant));
}

/** The `jwks_uri` of an OpenID configuration; null if it has none. */
export function parseKeySetUrl(text: string): string | null {
  const json = jsonOf(text);
  const uri = isRecord(json) ? json["jwks_uri"] : null;
  return typeof uri === "string" && uri.length <= 2_048 ? uri : null;
}

/**
 * Signing certificates under KeyDescriptor, of the security token service if the document has one. Each certificate occurs there several
 * times.
 */
function parseFederationMetadata(text: string): ParsedKeys {
  // A document type could define entities. Federation metadata has none, so such a document is refused.
  if (/<!DOCTYPE/i.test(text)) return { ok: false, because: "it has a document type" };
  try {
    const validity = XMLValidator.validate(text);
    if (validity !== true) return { ok: false, because: "it is not well-formed XML" };
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "@",
      removeNSPrefix: true,
      processEntities: false,
      parseTagValue: false,
      parseAttributeValue: false,
    });
    const root: unknown = parser.parse(text);
    const entity = childrenOf(root, "EntityDescriptor")[0];
    if (entity === undefined) return { ok: false, because: "it has no EntityDescriptor" };
    const roles = childrenOf(entity, "RoleDescriptor");
    const tokenServices = roles.filter((role) => attributeOf(role, "type").endsWith("SecurityTokenServiceType"));
    const holders = tokenServices.length > 0 ? tokenServices : [...roles, ...childrenOf(entity, "IDPSSODescriptor")];
    return keysOf(holders.flatMap((holder) => childrenOf(holder, "KeyDescriptor")).flatMap(signingCertificates));
  } catch (error) {
    // The parser throws for deeply nested documents.
    return { ok: false, because: `it cannot be parsed (${error instanceof Error ? error.name : "error"})` };
  }
}

function signingCertificates(descriptor: unknown): readonly RawKey[] {
  const use = attributeOf(descriptor, "use");
  if (use !== "signing" && use !== "") return [];
  return childrenOf(descriptor, "KeyInfo")
    .flatMap((info) => childrenOf(info, "X509Data"))
    .flatMap((data) => childrenOf(data, "X509Certificate"))
    .map((certificate) => ({ certificate: withoutReferences(textOf(certificate)), thumbprint: null, kid: null }));
}

/**
 * Decodes character references, which the parser leaves: .NET writes a carriage return at a line's end as one, and a plus sign may be one.
 */
function withoutReferences(text: string): string {
  // Sample: MIIDBTCC&#xD; or &#13; or &#x2B;
  return text.replace(
    /&#(?:x([0-9a-f]{1,4})|(\d{1,5}));/gi,
    (_, hex: string | undefined, decimal: string | undefined) =>
      String.fromCharCode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );
}

/** `{ "keys": [{ "usage": "signing", "keyvalue": { "type": "x509Certificate", "value": "MII…" } }] }` */
function readAccessControlKeys(json: unknown): ParsedKeys {
  return keysOf(
    childrenOf(json, "keys").flatMap((key) => {
      if (!isRecord(key) || key["usage"] !== "signing" || !isRecord(key["keyvalue"])) return [];
      return [{ certificate: textOf(key["keyvalue"]["value"]), thumbprint: null, kid: null }];
    }),
  );
}

/** `{ "keys": [{ "use": "sig", "kid": "…", "x5t": "…", "x5c": ["MII…"], "issuer": "https://…/{tenantid}/v2.0" }] }` */
function readOpenIdKeys(json: unknown, tenant: string): ParsedKeys {
  return keysOf(
    childrenOf(json, "keys").flatMap((key) => {
      if (
        !isRecord(key) ||
        (key["use"] !== undefined && key["use"] !== "sig") ||
        isOfAnotherTenant(key["issuer"], tenant)
      )
        return [];
      const chain = key["x5c"];
      const first: unknown = Array.isArray(chain) ? chain[0] : undefined;
      const kid = typeof key["kid"] === "string" && key["kid"].length <= MAX_KID_LENGTH ? key["kid"] : null;
      return [{ certificate: typeof first === "string" ? first : "", thumbprint: hexOf(key["x5t"]), kid }];
    }),
  );
}

/**
 * The common key set also contains keys of single tenants, above all of the consumer tenant, marked by their tenant ids. Keys of every
 * tenant have `{tenantid}` in place of the id, or no issuer. If the own tenant is unknown, a key with a tenant id counts as another
 * tenant's.
 */
function isOfAnotherTenant(issuer: unknown, tenant: string): boolean {
  // Sample: https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0
  const named =
    typeof issuer === "string"
      ? /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(issuer.slice(0, 2_048))?.[0]
      : undefined;
  return named !== undefined && named.toLowerCase() !== tenant.toLowerCase();
}

/** A key as the document contains it: a certificate ("" for none), or only a thumbprint. */
interface RawKey {
  readonly certificate: string;
  readonly thumbprint: string | null;
  readonly kid: string | null;
}

function keysOf(raw: readonly RawKey[]): ParsedKeys {
  if (raw.length === 0) return { ok: false, because: "it holds no signing key" };
  if (raw.length > MAX_KEYS) return { ok: false, because: `it holds more than ${MAX_KEYS} keys` };
  const keys = new Map<string, PublishedKey>();
  for (const { certificate, thumbprint, kid } of raw) {
    const facts = certificate === "" ? null : readCertificate(certificate);
    if (certificate !== "" && facts === null)
      return { ok: false, because: "it holds a certificate that cannot be read" };
    const name = facts?.thumbprint ?? thumbprint;
    // A public key without certificate: Exchange cannot store it, because it identifies keys by their certificates.
    if (name === null) continue;
    keys.set(name, { thumbprint: name, kid, notAfterMs: facts?.notAfterMs ?? null });
  }
  if (keys.size === 0) return { ok: false, because: "it holds no key with a certificate" };
  return {
    ok: true,
    keys: [...keys.values()].sort((first, second) => (first.thumbprint < second.thumbprint ? -1 : 1)),
  };
}

/** SHA-1 in base64url to hex. Sample: `kWbkXn1CHDkT…` of 27 characters. */
function hexOf(x5t: unknown): string | null {
  if (typeof x5t !== "string" || !/^[A-Za-z0-9_-]{27}=?$/.test(x5t)) return null;
  return Buffer.from(x5t, "base64url").toString("hex").toUpperCase();
}

function parseJson(text: string, read: (json: unknown) => ParsedKeys): ParsedKeys {
  const json = jsonOf(text);
  return json === undefined ? { ok: false, because: "it is neither XML nor JSON" } : read(json);
}

/** Limits for metadata. That of Entra ID has some hundred elements in ten levels. */
const MAX_TAGS = 20_000;
const MAX_ATTRIBUTES = 20_000;
const MAX_DEPTH = 64;

const TOO_COMPLEX = { ok: false, because: "it has more elements, attributes or levels than any key document" } as const;

/** Whether a parser would need seconds for the text. Checked in one pass over the characters, before any parser sees it. */
function isTooComplex(text: string): boolean {
  let tags = 0;
  let attributes = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3c && ++tags > MAX_TAGS) return true;
    if (code === 0x3d && ++attributes > MAX_ATTRIBUTES) return true;
    if ((code === 0x5b || code === 0x7b) && ++depth > MAX_DEPTH) return true;
    if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1);
  }
  return false;
}

function jsonOf(text: string): unknown {
  if (isTooComplex(text)) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The child elements of that name. The parser returns a single one as a value and several as a list. */
function childrenOf(value: unknown, name: string): readonly unknown[] {
  if (!isRecord(value) || !Object.hasOwn(value, name)) return [];
  const child = value[name];
  if (Array.isArray(child)) return child;
  return child === undefined || child === null ? [] : [child];
}

function attributeOf(value: unknown, name: string): string {
  const attribute = childrenOf(value, `@${name}`)[0];
  return typeof attribute === "string" ? attribute : "";
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const text = childrenOf(value, "#text")[0];
  return typeof text === "string" ? text : "";
}
