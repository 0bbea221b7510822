import type { RawRow, RawRowKind } from "../../model/finding.ts";
import { rowCommands } from "./row-commands.ts";
import { breakableCode } from "../../markup/breaks.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { instant } from "../../markup/instants.ts";
import { table } from "../../markup/table.ts";

export const ROW_TITLES: Readonly<Record<RawRowKind, string>> = {
  recycle: "Worker replaced",
  event: "Event",
  first_refusal: "First refusal of a loop",
  last_refusal: "Last refusal of a loop",
};

/**
 * Positions of the log rows of an incident, and the commands that print them. The content of the rows is not shown: it contains users and
 * addresses.
 */
export function rawRowsSection(rows: readonly RawRow[], hasFarm: boolean): Html {
  const columns = [{ title: "Time" }, { title: "What" }, { title: "Byte", isNumber: true }, { title: "File" }] as const;
  if (rows.length === 0) return html`<p class="none">The files of the rows are no longer known.</p>`;
  return html`<p>The rows contain users and addresses, so they are not shown here.</p>
    ${table(
      "Log rows",
      columns,
      rows.map((row) => [
        instant(row.at),
        ROW_TITLES[row.what],
        String(row.offset),
        html`${breakableCode(`${row.server}/${row.file}`)}${commandFold(row, hasFarm)}`,
      ]),
    )}`;
}

function commandFold(row: RawRow, hasFarm: boolean): Html {
  const id = `row-${row.server}-${row.file}-${row.offset}`.replaceAll(/[^\w-]/g, "-");
  const commands = rowCommands(row, hasFarm).map(
    ({ where, command }) =>
      html`${where}
        <pre><code>${command}</code></pre>`,
  );
  return html`<details id="${id}">
    <summary>Print it</summary>
    ${commands}
  </details>`;
}
