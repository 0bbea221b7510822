import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MAX_KEYS, parseKeySetUrl, parseMetadata, parseOpenIdKeys } from "../../../src/exchange/keys/parse-keys.ts";
import { CERTIFICATE_A, CERTIFICATE_B, TENANT, THUMBPRINT_A, THUMBPRINT_B } from "../../checks/good-snapshot.ts";
import { accessControlMetadata, federationMetadata, openIdKeySet } from "./key-documents.ts";

const x5tOf = (thumbprint: string): string => Buffer.from(thumbprint, "hex").toString("base64url");
const A = { der: CERTIFICATE_A, x5t: x5tOf(THUMBPRINT_A) };
const B = { der: CERTIFICATE_B, x5t: x5tOf(THUMBPRINT_B) };
const thumbprints = (parsed: ReturnType<typeof parseMetadata>): unknown =>
  parsed.ok ? parsed.keys.map((key) => key.thumbprint) : parsed.because;

describe("parseMetadata()", () => {
  test.each([
    ["federation metadata, each key once", federationMetadata([A, B]), [THUMBPRINT_A, THUMBPRINT_B]],
    ["one key", federationMetadata([B]), [THUMBPRINT_B]],
    [
      "certificates in several lines",
      federationMetadata([{ der: CERTIFICATE_A.replace(/.{64}/g, "$&\r\n      ") }]),
      [THUMBPRINT_A],
    ],
    [
      "line ends as character references",
      federationMetadata([{ der: CERTIFICATE_A.replace(/.{64}/g, "$&&#xD;\n").replaceAll("+", "&#x2B;") }]),
      [THUMBPRINT_A],
    ],
    [
      "line ends as decimal character references",
      federationMetadata([{ der: CERTIFICATE_A.replace(/.{64}/g, "$&&#13;") }]),
      [THUMBPRINT_A],
    ],
    [
      "more elements than any has",
      `<EntityDescriptor>${"<a/>".repeat(30_000)}</EntityDescriptor>`,
      "it has more elements, attributes or levels than any key document",
    ],
    [
      "more attributes than any has",
      `<EntityDescriptor>${Array.from({ length: 30_000 }, (_, at) => `<a b${at}="1"/>`).join("")}</EntityDescriptor>`,
      "it has more elements, attributes or levels than any key document",
    ],
    [
      "lists in lists in lists",
      `{"keys":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
      "it has more elements, attributes or levels than any key document",
    ],
    [
      "prefixed elements",
      federationMetadata([A]).replaceAll(/<(\/?)(EntityDescriptor|RoleDescriptor|KeyDescriptor)/g, "<$1md:$2"),
      [THUMBPRINT_A],
    ],
    [
      "keys for encryption are left out",
      federationMetadata([A]).replaceAll('use="signing"', 'use="encryption"'),
      "it holds no signing key",
    ],
    [
      "a descriptor without a use is for both",
      federationMetadata([A]).replaceAll(' use="signing"', ""),
      [THUMBPRINT_A],
    ],
    ["the access control service", accessControlMetadata([A, B]), [THUMBPRINT_A, THUMBPRINT_B]],
    [
      "a certificate that is none",
      federationMetadata([{ der: "A".repeat(200) }]),
      "it holds a certificate that cannot be read",
    ],
    ["a page of a proxy", "<!DOCTYPE html><html><body>Sign in</body></html>", "it has a document type"],
    ["other XML", "<html><body>Sign in</body></html>", "it has no EntityDescriptor"],
    ["half a document", federationMetadata([A]).slice(0, 2_000), "it is not well-formed XML"],
    ["an entity that grows", `<!DOCTYPE x [<!ENTITY a "aaaa">]>${federationMetadata([A])}`, "it has a document type"],
    ["neither", "hello", "it is neither XML nor JSON"],
    ["nothing", "", "it is neither XML nor JSON"],
    ["JSON with a different structure", "[1,2]", "it holds no signing key"],
    [
      "too many keys",
      federationMetadata(Array.from({ length: MAX_KEYS + 1 }, () => A)),
      `it holds more than ${MAX_KEYS} keys`,
    ],
    [
      "too deep",
      `<EntityDescriptor>${"<a>".repeat(9_000)}${"</a>".repeat(9_000)}</EntityDescriptor>`,
      "it cannot be parsed (Error)",
    ],
  ])("%s", (_name, text, expected) => {
    expect(thumbprints(parseMetadata(text))).toEqual(expected);
  });

  test("gives the certificate's expiry", () => {
    const parsed = parseMetadata(federationMetadata([A]));
    expect(parsed.ok ? parsed.keys : []).toEqual([
      { thumbprint: THUMBPRINT_A, kid: null, notAfterMs: Date.parse("2100-10-25T15:53:33Z") },
    ]);
  });
});

describe("parseOpenIdKeys()", () => {
  test.each([
    ["certificates", openIdKeySet([A, B]), [THUMBPRINT_A, THUMBPRINT_B]],
    [
      "a thumbprint without a certificate",
      JSON.stringify({ keys: [{ use: "sig", kid: "k", x5t: A.x5t }] }),
      [THUMBPRINT_A],
    ],
    [
      "a bare public key",
      JSON.stringify({ keys: [{ use: "sig", kid: "k", n: "AQAB" }] }),
      "it holds no key with a certificate",
    ],
    [
      "a key of the consumers' tenant",
      openIdKeySet([A]).replace("{tenantid}", "9188040d-6c67-4c5b-b112-36a304b66dad"),
      "it holds no signing key",
    ],
    ["a key of this tenant", openIdKeySet([A]).replace("{tenantid}", TENANT.toUpperCase()), [THUMBPRINT_A]],
    ["a key for encryption", openIdKeySet([A]).replace('"sig"', '"enc"'), "it holds no signing key"],
  ])("%s", (_name, text, expected) => {
    expect(thumbprints(parseOpenIdKeys(text, TENANT))).toEqual(expected);
  });
});

describe("hostile documents", () => {
  test("never make the parser throw", () => {
    const documents = [federationMetadata([A]), openIdKeySet([A]), accessControlMetadata([A])];
    const broken = fc
      .tuple(fc.constantFrom(...documents), fc.nat(4_000), fc.nat(400), fc.string({ unit: "binary" }))
      .map(([text, at, length, other]) => text.slice(0, at) + other + text.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.json()), (text) => {
        for (const parsed of [parseMetadata(text), parseOpenIdKeys(text, TENANT)])
          expect(typeof parsed.ok).toBe("boolean");
        expect([null, "string"]).toContain(parseKeySetUrl(text) === null ? null : "string");
      }),
      { numRuns: 500 },
    );
  });
});
