/**
 * Formats a line of the exporter's own log for people: time, severity, sentence, facts. A line that is not JSON stays
 * as it is, without control characters.
 */
export function printLogLine(line: string): string {
  const parsed = parseObject(line);
  if (parsed === null) return withoutControls(line);
  const { time, level, message, ...fields } = parsed;
  const facts = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const instant = String(time ?? "")
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
  return withoutControls(
    `${instant} ${String(level ?? "")
      .toUpperCase()
      .padEnd(5)} ${String(message ?? "")}${facts.length === 0 ? "" : ` ·${facts.join("")}`}`,
  );
}

function parseObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Control characters from a log must not reach the terminal. */
function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "�");
}
