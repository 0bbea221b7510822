/** Escaped markup for a page. Only `html` creates it. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

/**
 * A template whose values are escaped unless they are markup. Lists are joined, null is empty. A line break of the template with its
 * indentation becomes one blank, as in a browser, or nothing between a tag and the value in it. Line breaks in values stay.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = onOneLine(texts[0]);
  for (const [index, part] of parts.entries()) markup += markupOf(part) + onOneLine(texts[index + 1]);
  return new Html(markup);
}

function onOneLine(text = ""): string {
  return text
    .replace(/(^[^<>]*>|<[a-z][^<>]*>)\s*\n\s*$/, "$1")
    .replace(/^\s*\n\s*(?=<\/)/, "")
    .replace(/\s*\n\s*(?=>)/g, "")
    .replace(/\s*\n\s*/g, " ");
}

function markupOf(part: HtmlPart): string {
  if (part === null) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return part.map(markupOf).join("");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
