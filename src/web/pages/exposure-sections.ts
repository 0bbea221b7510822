import { command, remedy } from "../../catalogue/commands.ts";
import type { ComplianceStatus, ExposureStatus, WebStatus } from "../web-queries.ts";
import { checkFolds } from "../../markup/check-folds.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { age, instant, instantAndAge } from "../../markup/instants.ts";

/** A snapshot older than this says little of now: collections run every quarter of an hour by default. ms */
const OLD_SNAPSHOT_MS = 3_600_000;

/** Whether the next worker would refuse tokens. */
export function exposureSection({ exposure, compliance, now }: WebStatus): Html {
  return html`<h2>Exposure</h2>
    ${exposureText(exposure, now)} ${compliance === null ? null : snapshotAge(compliance, now)}`;
}

/** What AD holds is as old as the snapshot. */
function snapshotAge({ at }: ComplianceStatus, now: string): Html | null {
  if (at === null) return null;
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
const MAX_SHOWN = 10;

/** Totals of the compliance checks, and each check that fails, the gravest first and unfolded. */
export function complianceSection({ at, results }: ComplianceStatus, now: string): Html {
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
  const failing = results.filter(({ verdict }) => verdict === "fail");
  return html`<h2>Configuration</h2>
    <p>
      Checks: ${count("pass")} pass, ${count("fail")} fail, ${count("unknown")} could not be told
      <span class="soft"
        >${at === null ? "by the probe alone: no snapshot has been seen" : html`by the snapshot of ${instant(at)}, ${age(at, now)} old`}</span
      >
    </p>
    ${checkFolds(failing, MAX_SHOWN)}`;
}
