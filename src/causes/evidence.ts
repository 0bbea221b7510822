import type { Evidence, EvidenceKind, EvidenceSource } from "../model/finding.ts";
import type { CauseContext } from "./cause-context.ts";
import { number, plural } from "../model/text/counted.ts";
import { mainReason } from "./situation.ts";

/** Creates a piece of evidence. `atMs`: Unix milliseconds. */
export function evidenceOf(
  atMs: number,
  kind: EvidenceKind,
  { text, source }: { readonly text: string; readonly source: EvidenceSource },
): Evidence {
  return { at: new Date(atMs).toISOString(), kind, text, source };
}

/** The evidence that every incident has: how many requests were refused, and why. */
export function refusals(context: CauseContext): Evidence {
  const { startMs, backEndRejections, source } = context;
  const text = refusalText(context);
  return evidenceOf(startMs, "rejections", {
    text: backEndRejections > 0 ? `${text}, ${number(backEndRejections)} of them by the back end` : text,
    source,
  });
}

function refusalText(context: CauseContext): string {
  const { proven, clients, rejections, categories } = context;
  if (proven === 0)
    return (
      `${plural(rejections, "request")} of ${plural(clients, "client")} got 401 again and again; no log shows ` +
      "whether they carried a token"
    );
  const reason = mainReason(context);
  const share = Math.round(((categories[reason] ?? 0) / proven) * 100);
  return reason === "oauth_not_available"
    ? `${plural(proven, "request")} of ${plural(clients, "client")} were told that no Bearer token is taken ` +
        `(4000000), ${share} % of those with a reason`
    : `${plural(proven, "Bearer token")} of ${plural(clients, "client")} refused, ${share} % ${reason}`;
}

/** Evidence of when the first client was served again; empty when none was. */
export function recovery({ recoveredAtMs, source }: CauseContext): readonly Evidence[] {
  if (recoveredAtMs === null) return [];
  return [evidenceOf(recoveredAtMs, "recovery", { text: "first client of them served again", source })];
}
