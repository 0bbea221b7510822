/** The two formats of a metrics page. */
export type ExpositionFormat = "text" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The versions of a media type that a scraper may request; a request without a version accepts any. */
const SPOKEN: ReadonlyMap<string, { format: ExpositionFormat; versions: readonly string[] }> = new Map([
  ["application/openmetrics-text", { format: "openmetrics", versions: ["1.0.0", "0.0.1"] }],
  ["text/plain", { format: "text", versions: ["0.0.4"] }],
  ["text/*", { format: "text", versions: [] }],
  ["*/*", { format: "text", versions: [] }],
]);

/**
 * The format that an `Accept` header requests: the one of the highest quality, the first of equal ones. Text format if the header is
 * missing, malformed, or requests neither format, so that every scraper gets an answer.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: "text", quality: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const spoken = SPOKEN.get(type);
    if (spoken === undefined) continue;
    const version = parameterOf(parameters, "version");
    if (version !== null && spoken.versions.length > 0 && !spoken.versions.includes(version)) continue;
    const quality = qualityOf(parameters);
    if (quality > best.quality) best = { format: spoken.format, quality };
  }
  return best.format;
}

function parameterOf(parameters: readonly string[], name: string): string | null {
  const found = parameters.find((parameter) => parameter.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1).replaceAll('"', "");
}

/** Quality from 0 to 1; 1 if missing, 0 if malformed. */
function qualityOf(parameters: readonly string[]): number {
  const text = parameterOf(parameters, "q");
  if (text === null) return 1;
  const quality = Number(text);
  return quality >= 0 && quality <= 1 ? quality : 0;
}
