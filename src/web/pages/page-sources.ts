import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "../../markup/page-style.ts";

/** What a page's policy lets in: its one style sheet and its one script, each by its digest. */
export const PAGE_SOURCES = `style-src '${digestOf(PAGE_STYLE)}'; script-src '${digestOf(PAGE_SCRIPT)}'`;

function digestOf(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}
