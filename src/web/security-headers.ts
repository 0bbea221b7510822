import { randomBytes } from "node:crypto";
import type { Response } from "express";

/** The headers of every answer. `configured` (the web configuration file's) win. */
export function setSecurityHeaders(response: Response, configured: Readonly<Record<string, string>>): void {
  const headers = {
    "Content-Security-Policy": contentSecurityPolicy(null),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    ...configured,
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.locals["hasOwnPolicy"] = Object.keys(configured).some(
    (name) => name.toLowerCase() === "content-security-policy",
  );
}

/** A fresh nonce, let in by the answer's policy: the page's one style sheet and script carry it. */
export function pageNonce(response: Response): string {
  const nonce = randomBytes(16).toString("base64");
  if (response.locals["hasOwnPolicy"] !== true)
    response.setHeader("Content-Security-Policy", contentSecurityPolicy(nonce));
  return nonce;
}

function contentSecurityPolicy(nonce: string | null): string {
  const page =
    nonce === null
      ? ""
      : `; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:`;
  return `default-src 'none'${page}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
