import { command, remedy } from "../../catalogue/commands.ts";
import type { CheckResult, ComplianceStatus, ExposureStatus, WebStatus } from "../web-port.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { age, instant, instantAndAge } from "../../markup/instants.ts";
import { table } from "../../markup/table.ts";

/** A snapshot older than this says little of now: collections run every quarter of an hour by default. ms */
const OLD_SNAPSHOT_MS = 3_600_000;

/** Whether the next worker would refuse tokens. */
export function exposureSection({ exposure, compliance, now }: WebStatus): Html {
  return html`<h2>Exposure</h2>
    ${exposureText(exposure, now)} ${compliance === null ? null : snapshotAge(compliance, now)}`;
}

/** What AD holds is as old as the snapshot. */
function snapshotAge({ at }: ComplianceStatus, now: string): Html {
  const isOld = Date.parse(now) - Date.parse(at) > OLD_SNAPSHOT_MS;
  return html`<p class="${isOld ? "warn" : "soft"}">By the snapshot of ${instant(at)}, ${age(at, now)} old</p>`;
}

function exposureText(exposure: ExposureStatus, now: string): Html {
  switch (exposure.kind) {
    case "safe":
      return html`<p>
        <span class="badge good">not exposed</span> Every signing key that Entra ID publishes is trusted in AD.
      </p>`;
    case "exposed":
      return html`<p>
          <span class="badge bad">exposed</span> AD lacks ${exposure.missingKeys} of the signing keys that Entra ID
          publishes${exposure.since === null ? null : html`, since ${instantAndAge(exposure.since, now)}`}. Every new
          worker process will refuse Bearer tokens.
        </p>
        <pre><code>${remedy(command("refreshKeys"), command("showKeys"))}</code></pre>`;
    case "unknown":
      return html`<p><span class="badge warn">not known</span> ${asSentence(exposure.because)}</p>`;
  }
}

/** Reasons come as they stand after a "because". */
function asSentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}

/** Objects and remedies shown of one check. */
const MOST_SHOWN = 10;
const SEVERITIES: readonly string[] = ["critical", "warning", "info"];

/** Totals of the compliance checks, and each check that fails, the gravest first and unfolded. */
export function complianceSection({ at, results }: ComplianceStatus, now: string): Html {
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
  const failing = Map.groupBy(
    results.filter(({ verdict }) => verdict === "fail"),
    ({ check }) => check,
  );
  const graveFirst = [...failing.values()].toSorted((one, other) => gravity(one) - gravity(other));
  return html`<h2>Configuration</h2>
    <p>
      Checks: ${count("pass")} pass, ${count("fail")} fail, ${count("unknown")} could not be told
      <span class="soft">by the snapshot of ${instant(at)}, ${age(at, now)} old</span>
    </p>
    ${graveFirst.map(checkFold)}`;
}

function gravity(results: readonly CheckResult[]): number {
  return Math.min(...results.map(({ severity }) => SEVERITIES.indexOf(severity)));
}

/** One check with the objects at which it fails, and what to type. */
function checkFold(results: readonly CheckResult[]): Html | null {
  const [first] = results;
  if (first === undefined) return null;
  const isCritical = first.severity === "critical";
  const rows = results.slice(0, MOST_SHOWN).map(({ object, found, wanted }) => [object, found ?? "", wanted ?? ""]);
  const remedies = [...new Set(results.flatMap(({ remedy: lines }) => lines ?? []))];
  const left = Math.max(results.length, remedies.length) - MOST_SHOWN;
  return html`<details class="card" id="check-${first.check}" ${isCritical ? html` open` : null}>
    <summary>
      <span class="badge ${isCritical ? "bad" : "warn"}">${first.severity}</span> ${first.title}
      <span class="soft">${results.length === 1 ? first.object : `${results.length} objects`}</span>
    </summary>
    ${table(first.title, [{ title: "Object" }, { title: "Found" }, { title: "Wanted" }], rows)}
    ${remedies.slice(0, MOST_SHOWN).map((lines) => html`<pre><code>${lines}</code></pre>`)}
    ${left > 0 ? html`<p class="soft">And ${left} more of the kind: hma-exporter check-exchange shows all.</p>` : null}
  </details> `;
}
