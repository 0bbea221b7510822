import { statSync } from "node:fs";
import { inOrder } from "./rings.ts";

/** The order in which Jest begins the suites. Durations of earlier runs count for nothing: a fresh clone has none. */
export default class TestSequencer {
  sort(tests) {
    return inOrder(tests, ({ path }) => statSync(path).size);
  }

  cacheResults() {}
}
