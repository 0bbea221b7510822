import { number } from "../model/text/counted.ts";
import { html } from "./html.ts";
import type { Html, HtmlPart } from "./html.ts";

/** Numbers in cells have thousands separators. */
export interface Column {
  readonly title: string;
  readonly isNumber?: true;
}

/**
 * A table with a caption for screen readers. On a phone each row becomes a card. The roles are written out, because a browser drops them
 * when a table is not laid out as one.
 */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly HtmlPart[])[]): Html {
  const heads = columns.map(
    ({ title, isNumber }) => html`<th scope="col" role="columnheader" ${isNumber ? numberClass : null}>${title}</th>`,
  );
  return html`<table role="table" aria-label="${label}">
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((cells) => row(columns, cells))}
    </tbody>
  </table>`;
}

function row(columns: readonly Column[], cells: readonly HtmlPart[]): Html {
  return html`<tr role="row">
    ${cells.map((cell, index) => {
      const column = columns[index];
      return html`<td role="cell" data-label="${column?.title ?? ""}" ${column?.isNumber ? numberClass : null}>
        ${typeof cell === "number" ? number(cell) : cell}
      </td>`;
    })}
  </tr> `;
}

const numberClass = html` class="number"`;
