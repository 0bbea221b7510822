import { webcrypto } from "node:crypto";
import type { AuthorityKey } from "../simulator/front-end/authority.ts";

/** Creates a signing key with that id: RSA, 2048 bits, never written to disk. */
export async function createAuthorityKey(id: string): Promise<AuthorityKey> {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  return { id, privateKey, publicKey };
}
