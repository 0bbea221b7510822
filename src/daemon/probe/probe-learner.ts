import type { Organisation } from "../../collectors/organisation-watch.ts";
import { proofsOf } from "../../probe/probe-proofs.ts";
import { EMPTY_BOOK, type ProbeBook } from "../../probe/probe-book.ts";
import type { Probes } from "./probes.ts";

export interface LearnerParts {
  readonly organisation: Pick<Organisation, "learnProbed">;
  readonly probes: { readonly current: () => { readonly prober: Pick<Probes["prober"], "book"> } | null };
}

/**
 * Returns a function to call after each poll. It passes the probe's new results to the organisation, as evidence for causes, checks and
 * exposure.
 */
export function createProbeLearner({ organisation, probes }: LearnerParts): () => void {
  let seen: ProbeBook | null = null;
  return () => {
    const book = probes.current()?.prober.book() ?? EMPTY_BOOK;
    if (book === seen) return;
    const known = seen;
    seen = book;
    const news = [...book].flatMap(([key, { last }]) => (known?.get(key)?.last === last ? [] : [last]));
    if (news.length === 0 && book.size >= (known?.size ?? 0)) return;
    organisation.learnProbed({
      outcomes: news,
      proofs: () => proofsOf([...book.values()].map(({ last }) => last)),
    });
  };
}
