import type { MadeCertificate } from "./certificates.ts";

/** Federation metadata in the format of Entra ID: each key under several roles, and again in the signature. */
export function federationMetadata(keys: readonly Pick<MadeCertificate, "der">[]): string {
  const descriptor = (der: string): string =>
    `<KeyDescriptor use="signing"><KeyInfo ` +
    `xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${der}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`;
  const all = keys.map((key) => descriptor(key.der)).join("");
  return (
    `\uFEFF<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_0a1b" ` +
    `entityID="https://sts.windows.net/0a1b2c3d-0000-4000-8000-00000000abcd/" ` +
    `xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
    "<Signature " +
    `xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyInfo><X509Data><X509Certificate>${keys[0]?.der ?? ""}</X509Certificate></X509Data></KeyInfo></Signature>` +
    `<RoleDescriptor xsi:type="fed:SecurityTokenServiceType" ` +
    `protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">${all}</RoleDescriptor>` +
    `<RoleDescriptor xsi:type="fed:ApplicationServiceType" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">${all}</RoleDescriptor>` +
    `<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${all}</IDPSSODescriptor></EntityDescriptor>`
  );
}

export function openIdKeySet(keys: readonly Pick<MadeCertificate, "der" | "x5t">[]): string {
  return JSON.stringify({
    keys: keys.map(({ der, x5t }) => ({
      kty: "RSA",
      use: "sig",
      kid: x5t,
      x5t,
      n: "AQAB",
      e: "AQAB",
      x5c: [der],
      issuer: "https://sts.windows.net/{tenantid}/",
    })),
  });
}

export function accessControlMetadata(keys: readonly Pick<MadeCertificate, "der" | "x5t">[]): string {
  return JSON.stringify({
    version: "1.0",
    keys: keys.map(({ der, x5t }) => ({
      usage: "signing",
      keyinfo: { x5t },
      keyvalue: { type: "x509Certificate", value: der },
    })),
  });
}
