import type { Response } from "express";
import { PAGE_SOURCES } from "./pages/page-sources.ts";

/** The headers of every answer. Those of the web configuration file (`configured`) take precedence. */
export function setSecurityHeaders(response: Response, configured: Readonly<Record<string, string>>): void {
  const headers = {
    "Content-Security-Policy": contentSecurityPolicy(""),
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

/** The content security policy of a page with a style sheet and a script. A policy in the web configuration file is used unchanged. */
export function allowPageSources(response: Response): void {
  if (response.locals["hasOwnPolicy"] === true) return;
  response.setHeader(
    "Content-Security-Policy",
    contentSecurityPolicy(`; ${PAGE_SOURCES}; connect-src 'self'; img-src data:`),
  );
}

function contentSecurityPolicy(page: string): string {
  return `default-src 'none'${page}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
