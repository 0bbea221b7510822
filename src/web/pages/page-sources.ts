import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "../../markup/page-style.ts";

/** Sources allowed by the Content-Security-Policy of a page: its style sheet and its script, each by its SHA-256. */
export const PAGE_SOURCES = `style-src '${digestOf(PAGE_STYLE)}'; script-src '${digestOf(PAGE_SCRIPT)}'`;

function digestOf(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}
