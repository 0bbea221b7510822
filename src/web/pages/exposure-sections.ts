import { command, remedy } from "../../catalogue/commands.ts";
import type { ComplianceStatus, ExposureStatus, WebStatus } from "../web-queries.ts";
import { checkFolds } from "../../markup/check-folds.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { number } from "../../model/text/counted.ts";
import { age, instant, instantAndAge } from "../../markup/instants.ts";

/** A snapshot older than this is marked as old. By default the exporter collects one every 15 minutes. ms */
const OLD_SNAPSHOT_MS = 3_600_000;

/** Shows whether a new worker process would refuse Bearer tokens. */
export function exposureSection({ exposure, compliance, now }: WebStatus): Html {
  return html`<h2>Exposure</h2>
    ${exposureText(exposure, now)} ${compliance === null ? null : snapshotAge(compliance, now)}`;
}

/** Time and age of the snapshot: the keys in AD are as old as the snapshot. */
function snapshotAge({ at }: ComplianceStatus, now: string): Html | null {
  if (at === null) return null;
  const isOld = Date.parse(now) - Date.parse(at) > OLD_SNAPSHOT_MS;
  return html`<p class="${isOld ? "warn" : "soft"}">From the snapshot of ${instant(at)}, ${age(at, now)} old</p>`;
}

function exposureText(exposure: ExposureStatus, now: string): Html {
  switch (exposure.kind) {
    case "safe":
      return html`<p>
        <span class="badge good">not exposed</span> Every signing key that Entra ID publishes is trusted in AD.
      </p>`;
    case "exposed":
      return html`<p>
          <span class="badge bad">exposed</span> AD lacks ${number(exposure.missingKeys)} of the signing keys that Entra ID
          publishes${exposure.since === null ? null : html`, since ${instantAndAge(exposure.since, now)}`}. Every new
          worker process will refuse Bearer tokens.
        </p>
        <pre><code>${remedy(command("refreshKeys"), command("showKeys"))}</code></pre>`;
    case "unknown":
      return html`<p><span class="badge warn">unknown</span> ${asSentence(exposure.because)}</p>`;
  }
}

/** Reasons are written to follow "because"; this makes a sentence of one. */
function asSentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}

/** Maximum number of objects and remedies shown per check. */
const MAX_SHOWN = 10;

/** Totals of the compliance checks, then each failed check: the most severe first and open. */
export function complianceSection({ at, results }: ComplianceStatus, now: string): Html {
  const count = (verdict: string): string => number(results.filter((result) => result.verdict === verdict).length);
  const failing = results.filter(({ verdict }) => verdict === "fail");
  return html`<h2>Configuration</h2>
    <p>
      Checks: ${count("pass")} pass, ${count("fail")} fail, ${count("unknown")} unknown
      <span class="soft"
        >${at === null ? "from the probe only; there is no snapshot yet" : html`from the snapshot of ${instant(at)}, ${age(at, now)} old`}</span
      >
    </p>
    ${checkFolds(failing, MAX_SHOWN)}`;
}
