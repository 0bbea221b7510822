/**
 * Values that must not leave the process, one of each kind. `search` finds the value in a text even if it is truncated. Those without
 * punctuation look like a host name.
 */
export const SECRETS: readonly { readonly kind: string; readonly text: string; readonly search: string }[] = [
  { kind: "account", text: "jane.planted7@contoso-secret.example", search: "planted7" },
  { kind: "account with a domain", text: "CONTOSO\\planted8", search: "planted8" },
  { kind: "bare account", text: "planted9", search: "planted9" },
  { kind: "hex id", text: "c0ffee5ec7e7d00d1234567890abcdef", search: "c0ffee5ec7e7d00d" },
  { kind: "short hex id", text: "5ec7e7feed42", search: "5ec7e7feed42" },
  { kind: "mailbox", text: "7e57ab1e-5ec7-4e70-8a11-c0dec0dec0de", search: "7e57ab1e" },
  { kind: "device", text: "ApplDN5EC7E7DEV1CE", search: "dn5ec7e7dev1ce" },
  { kind: "token", text: "eyJ0eXAiOiJKV1QiLCJhbGciOiJTRUNSRVQ", search: "eyj0exaioijkv1qi" },
  { kind: "security id", text: "S-1-5-21-777000777-888000888-999000999-1234", search: "777000777" },
  { kind: "address", text: "203.0.113.177", search: "203.0.113.177" },
  { kind: "IPv6 address", text: "2001:db8:5ec7::177", search: "5ec7::177" },
];

/** Secrets in a text, by kind. */
export function secretsIn(text: string): string[] {
  const lower = text.toLowerCase();
  return SECRETS.filter(({ search }) => lower.includes(search)).map(({ kind }) => kind);
}

/** How rows of a log are split into cells. */
export type RowLayout = "blanks" | "commas" | "events";

export function layoutOf(path: string): RowLayout {
  if (path.endsWith(".xml")) return "events";
  return path.includes("LogFiles") ? "blanks" : "commas";
}

/**
 * Rows made from `row`, with each secret instead of each cell, between any two cells and instead of two cells, so that the columns are
 * shifted.
 */
export function plantedRows(row: string, layout: RowLayout): string[] {
  return layout === "events" ? plantedEvents(row) : plantedCells(row, layout === "blanks" ? " " : ",");
}

function plantedCells(row: string, separator: string): string[] {
  const cells = row.split(separator);
  return cells.flatMap((_, column) =>
    SECRETS.flatMap(({ text }, index) =>
      [1, 0, 2].map((taken) => {
        const planted = cells.toSpliced(column, taken, text);
        // Every row is a separate request, so that many stay open.
        return freshId(planted.join(separator), column * 1000 + index * 10 + taken);
      }),
    ),
  );
}

/** Each text and each attribute of an event in turn, and an additional element next to each. */
function plantedEvents(row: string): string[] {
  const places = [...row.matchAll(/>([^<>]+)<|(?<==)(["'])([^"']*)\2/g)];
  return places.flatMap(({ index, 0: whole, 1: inner }) =>
    SECRETS.flatMap(({ text }) => {
      const planted = inner === undefined ? `"${text}"` : `>${text}<`;
      const replaced = row.slice(0, index) + planted + row.slice(index + whole.length);
      return inner === undefined
        ? [replaced]
        : [replaced, `${row.slice(0, index)}>${text}; ${inner}<${row.slice(index + whole.length)}`];
    }),
  );
}

/** The row with unique request ids. */
function freshId(row: string, number: number): string {
  // Sample: 6be1c0de-6be1-4301-865a-27c1f99599bd
  return row.replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/gi, (id, rest: string) =>
    id.startsWith("7e57ab1e") ? id : `${number.toString(16).padStart(8, "0")}${rest}`,
  );
}
