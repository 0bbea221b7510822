import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { RequestRows } from "../../detectors/request-result.ts";

/** A request for which further rows may still arrive. */
export interface OpenRequest extends RequestRows {
  readonly key: number;
  /** Index of the server whose front end received it; of the back-end server while only a back-end row is known. */
  server: number;
  iis: RequestRow | null;
  httpProxy: RequestRow | null;
  backEnd: RequestRow | null;
  /** Position of the row with the finest time. */
  position: RowPosition;
  /** True when it was judged; a further row judges it again. Not stored: after a restart it has the value of `isCounted`. */
  isJudged: boolean;
  /** It was counted. A counter never decreases, so its labels are final. */
  isCounted: boolean;
  /** True while its client is the alias learned earlier. Corrected when the IIS row arrives or is overdue. */
  usesAlias: boolean;
  /** Engine's clock (Unix ms) at which it is judged by the rows it has, and at which it is forgotten. */
  judgeAtMs: number;
  forgetAtMs: number;
  /** Key of the client that has its attempt, and the position of the attempt; null without an attempt. */
  clientKey: number | null;
  attemptPosition: RowPosition | null;
}
