import { TOKEN_PROTOCOLS, type ProbeOutcome } from "../../model/probe/probe.ts";
import { EMPTY_BOOK, noteOutcomes } from "../../probe/probe-book.ts";
import { probeMetrics } from "../../probe/probe-metrics.ts";
import type { ProbeCall, ProbeReply } from "../../web/web-queries.ts";
import type { Probes } from "./probes.ts";

/** Probes one target once for `/probe` and returns the metrics of this run only. A probe without an answer in `budgetMs` has failed. */
export async function probeOnce(probes: Probes | null, { target, module, budgetMs }: ProbeCall): Promise<ProbeReply> {
  if (probes === null) return { kind: "refused", why: "No probe is configured" };
  if (module === "token" && !probes.hasTokens) return { kind: "refused", why: "No token probe is configured" };
  const run = probes.prober.runNow(target, { challengeOnly: module === "challenge", budgetMs });
  if (run === null) return { kind: "refused", why: "Unknown target: only configured servers are probed" };
  const outcomes = await within(run, budgetMs);
  const late = probes.protocols.flatMap((protocol): ProbeOutcome[] => {
    const kinds =
      module === "token" && TOKEN_PROTOCOLS.includes(protocol)
        ? (["challenge", "token"] as const)
        : (["challenge"] as const);
    return kinds
      .filter((probe) => !outcomes.some((one) => one.protocol === protocol && one.probe === probe))
      .map((probe) => ({ ...LATE, server: target, protocol, probe, atMs: Date.now() }));
  });
  const book = noteOutcomes(
    EMPTY_BOOK,
    [...outcomes, ...late].map((one) => ({ ...one, server: target })),
  );
  return { kind: "values", values: probeMetrics(book, target) };
}

const LATE = {
  verdict: "unknown",
  reason: "answer_timeout",
  namespace: "",
  status: null,
  isBearerOffered: null,
  isAuthorityValid: null,
  issuer: null,
  seconds: {},
  tlsNotAfterMs: null,
  clockOffsetSeconds: null,
  keyId: null,
  errorNumber: null,
  hasIdentity: false,
} as const;

async function within(run: Promise<readonly ProbeOutcome[]>, budgetMs: number): Promise<readonly ProbeOutcome[]> {
  const over = Promise.withResolvers<readonly ProbeOutcome[]>();
  const timer = setTimeout(() => {
    over.resolve([]);
  }, budgetMs);
  try {
    return await Promise.race([run.catch(() => []), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
