import { classifyPath } from "../../src/sources/index.ts";
import { FORMATS } from "../sources/plain-formats.ts";
import type { LogKind, Row, RowPosition, Schema } from "../../src/model/row.ts";
import { textKeyOf } from "../../src/model/text-key.ts";
import type { WrittenFile } from "./write-farm.ts";

/** A log file as input of the engine. */
export interface ParsedFile {
  readonly server: string;
  readonly path: string;
  readonly log: LogKind;
  readonly rows: readonly { readonly row: Row; readonly position: RowPosition }[];
}

/** All readable rows of the file, in order. */
export function parsedFile({ server, path, lines }: WrittenFile): ParsedFile {
  const log = classifyPath(path);
  if (log === null) throw new Error(`No log of ours: ${path}`);
  const fileKey = textKeyOf(`${server}/${path}`);
  const rows: { row: Row; position: RowPosition }[] = [];
  let schema: Schema | null = null;
  let offset = 0;
  for (const line of lines) {
    const bytes = Buffer.from(line);
    const parsed = FORMATS[log.format].parse(bytes, 0, bytes.length, schema, log);
    if (parsed.kind === "header" && parsed.schema !== null) schema = parsed.schema;
    if (parsed.kind === "row") rows.push({ row: parsed.row, position: { fileKey, offset } });
    offset += bytes.length + 2;
  }
  return { server, path, log, rows };
}
