import type { ComplianceStatus, ExposureStatus } from "../web-port.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { instant, instantAndAge } from "./instants.ts";
import { table } from "./table.ts";

/** Whether the next worker would refuse tokens. */
export function exposureSection(exposure: ExposureStatus, now: string): Html {
  return html`<h2>Exposure</h2>${exposureText(exposure, now)}`;
}

function exposureText(exposure: ExposureStatus, now: string): Html {
  switch (exposure.kind) {
    case "safe":
      return html`<p><span class="badge good">not exposed</span> Every signing key that Entra ID publishes is trusted in AD.</p>`;
    case "exposed":
      return html`<p><span class="badge bad">exposed</span> AD lacks ${exposure.missingKeys} of the signing keys that Entra ID publishes${exposure.since === null ? null : html`, since ${instantAndAge(exposure.since, now)}`}. Every new worker process will refuse Bearer tokens.</p>
<pre><code>Get-AuthServer EvoSts* | ForEach-Object { Set-AuthServer $_.Identity -RefreshAuthMetadata }</code></pre>`;
    case "unknown":
      return html`<p><span class="badge warn">not known</span> ${asSentence(exposure.because)}</p>`;
  }
}

/** Reasons come as they stand after a "because". */
function asSentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}

/** Totals of the compliance checks, and each one that fails with its remedy. */
export function complianceSection({ at, results }: ComplianceStatus): Html {
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
  const failing = results.filter(({ verdict }) => verdict === "fail");
  const columns = [{ title: "Check" }, { title: "Severity" }, { title: "Object" }, { title: "Found" }, { title: "Wanted" }, { title: "Remedy" }];
  const rows = failing.map((result) => [
    result.title, html`<span class="badge ${result.severity === "critical" ? "bad" : "warn"}">${result.severity}</span>`, result.object,
    result.found ?? "", result.wanted ?? "", result.remedy === null ? "" : html`<code>${result.remedy}</code>`,
  ]);
  return html`<h2>Configuration</h2>
<p>Checks: ${count("pass")} pass, ${failing.length} fail, ${count("unknown")} could not be told <span class="soft">(snapshot of ${instant(at)})</span></p>
${rows.length === 0 ? null : table("Failing checks", columns, rows)}`;
}
