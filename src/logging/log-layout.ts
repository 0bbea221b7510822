/** A log line, the input of a layout. */
interface LineInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [name: string]: unknown;
}

/** `{"time":"…","level":"info","message":"…", …fields}`. */
export function formatJson(info: LineInfo): string {
  return JSON.stringify({ time: info["time"], level: info.level, message: info.message, ...fieldsOf(info) });
}

/** `time=… level=info msg="…" field=value`, as Prometheus writes it. */
export function formatLogfmt(info: LineInfo): string {
  const pairs: readonly (readonly [string, unknown])[] = [
    ["time", info["time"]],
    ["level", info.level],
    ["msg", info.message],
    ...Object.entries(fieldsOf(info)),
  ];
  return pairs.map(([name, value]) => `${name}=${logfmtValue(value)}`).join(" ");
}

function fieldsOf(info: LineInfo): object {
  return typeof info["fields"] === "object" && info["fields"] !== null ? info["fields"] : {};
}

function logfmtValue(value: unknown): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  // Sample: plain-value:1
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
