import { BoundedMap } from "../../model/bounded-map.ts";
import type { ColumnSchema } from "./column-schema.ts";

/** Headers kept of one format: a farm has a few, one for each version of Exchange and each set of logged fields. */
const MAX_HEADERS = 64;
/** Longer headers (characters) are not kept. */
const MAX_HEADER_LENGTH = 8_192;

/**
 * Returns `schemaFrom`, but with the same schema for the same header: most files of a log have the header of the one before, and finding
 * its columns takes as long as parsing a hundred rows. Files that are read in turn can share a schema, because no row outlasts `parse`.
 */
export function rememberSchemas(
  schemaFrom: (header: string) => ColumnSchema | null,
): (header: string) => ColumnSchema | null {
  const known = new BoundedMap<string, ColumnSchema>(MAX_HEADERS);
  return (header) => {
    const found = known.get(header);
    if (found !== undefined) return found;
    const made = schemaFrom(header);
    if (made !== null && header.length <= MAX_HEADER_LENGTH) known.set(header, made);
    return made;
  };
}
