import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { number } from "../model/text/counted.ts";
import { severityClass } from "./severity.ts";
import { table } from "./table.ts";

/** A check that fails on one object. */
export interface FailedCheck {
  readonly check: string;
  readonly title: string;
  readonly severity: string;
  readonly object: string;
  readonly found: string | null;
  readonly wanted: string | null;
  /** The command that fixes it; null if there is none. */
  readonly remedy: string | null;
}

const SEVERITIES: readonly string[] = ["critical", "warning", "info"];

/**
 * A collapsible section per failed check, with its objects and commands. The most severe come first and are open. `most`: maximum number of
 * objects and commands shown per check.
 */
export function checkFolds(failing: readonly FailedCheck[], most: number): readonly Html[] {
  return [...Map.groupBy(failing, ({ check }) => check).values()]
    .toSorted((one, other) => gravity(one) - gravity(other))
    .flatMap((results) => checkFold(results, most) ?? []);
}

function gravity(results: readonly FailedCheck[]): number {
  return Math.min(...results.map(({ severity }) => SEVERITIES.indexOf(severity)));
}

function checkFold(results: readonly FailedCheck[], most: number): Html | null {
  const [first] = results;
  if (first === undefined) return null;
  const isCritical = first.severity === "critical";
  const rows = results.slice(0, most).map(({ object, found, wanted }) => [object, found ?? "", wanted ?? ""]);
  const remedies = [...new Set(results.flatMap(({ remedy }) => remedy ?? []))];
  const left = Math.max(results.length, remedies.length) - most;
  return html`<details class="card" id="check-${first.check}" ${isCritical ? html` open` : null}>
    <summary>
      <span class="badge ${severityClass(first.severity)}">${first.severity}</span> ${first.title}
      <span class="soft">${results.length === 1 ? first.object : `${number(results.length)} objects`}</span>
    </summary>
    ${table(first.title, [{ title: "Object" }, { title: "Found" }, { title: "Wanted" }], rows)}
    ${remedies.length === 0 ? null : html`<pre><code>${remedies.slice(0, most).join("\n")}</code></pre>`}
    ${left > 0 ? html`<p class="soft">And ${number(left)} more of the kind: hma-exporter check-exchange shows all.</p>` : null}
  </details> `;
}
