import { LINE_FATES, LOG_FORMATS } from "../model/label-values.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import {
  COUNT,
  listOf,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  tableOf,
  TEXT,
  TIME,
  TRUTH,
  type Shape,
} from "../model/shape/shape.ts";
import type { LedgerRecord } from "../reading/ledger.ts";
import type { FolderRecord } from "./folder-watch.ts";
import type { FingerprintRecord } from "./identity/file-fingerprint.ts";
import type { FileRecord } from "./identity/followed-file.ts";
import type { RetiredRecord } from "./identity/known-files.ts";

/** State of the follower: plain JSON. It must be stored together with what the consumer made of the rows. */
export interface FollowState {
  readonly version: 1;
  readonly folders: readonly FolderRecord[];
  /** Header lines that files refer to by index: the files of a folder share them. */
  readonly headers: readonly string[];
  readonly files: readonly FileRecord[];
  readonly retired: readonly RetiredRecord[];
}

/** A `FollowState` whose files are made one by one while they are read, once; `headers` are complete when all files were read. */
export interface FollowStream extends Omit<FollowState, "headers" | "files"> {
  readonly files: Iterable<FileRecord>;
  readonly headers: Iterable<string>;
}

const LEDGER = objectOf<LedgerRecord>({
  bytesRead: COUNT,
  pending: COUNT,
  bytes: tableOf(oneOf(LINE_FATES), COUNT),
  lines: tableOf(oneOf(LINE_FATES), COUNT),
  unreadable: tableOf(oneOf(UNREADABLE_REASONS), COUNT),
});

/** Lengths are not checked against the hashes here: a wrong fingerprint just matches no file. */
const FINGERPRINT = objectOf<FingerprintRecord>({
  first: TEXT,
  firstLength: COUNT,
  head: TEXT,
  headLength: COUNT,
  tail: TEXT,
  tailLength: COUNT,
});

const FILE = objectOf<FileRecord>({
  server: TEXT,
  path: TEXT,
  fileKey: NUMBER,
  generation: COUNT,
  sinceMs: TIME,
  offset: COUNT,
  encoding: shapeOf("utf8, utf16le or null", (value) => [null, "utf8", "utf16le"].some((known) => known === value)),
  header: nullOr(COUNT),
  isSkipping: TRUTH,
  isFinished: TRUTH,
  bodyStart: nullOr(COUNT),
  lastAtMs: nullOr(TIME),
  newestAtMs: nullOr(TIME),
  newestReadAtMs: nullOr(TIME),
  lastGrowthMs: TIME,
  goneAtMs: nullOr(TIME),
  fileId: nullOr(TEXT),
  fingerprint: FINGERPRINT,
  ledger: LEDGER,
});

/** Shape of the follower's state, version 1, in the state record. */
export const FOLLOW_SHAPE: Shape<FollowState> = objectOf<FollowState>({
  version: oneOf([1]),
  folders: listOf(objectOf<FolderRecord>({ server: TEXT, as: TEXT, sinceMs: TIME, nameFloorMs: TIME })),
  headers: listOf(TEXT),
  files: listOf(FILE),
  retired: listOf(
    objectOf<RetiredRecord>({
      server: TEXT,
      format: oneOf(LOG_FORMATS),
      newestAtMs: nullOr(TIME),
      newestReadAtMs: nullOr(TIME),
      ledger: LEDGER,
    }),
  ),
});
