import { webcrypto } from "node:crypto";
import type { AuthorityKey } from "../simulator/front-end/authority.ts";

/** A new signing key of that id, 2048 bits. It lives in memory alone. */
export async function createAuthorityKey(id: string): Promise<AuthorityKey> {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  return { id, privateKey, publicKey };
}
