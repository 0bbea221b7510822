import type { KeyChange, KeyHistory } from "../../detectors/key-change.ts";
import { CAUSES, KEY_CHANGE_KINDS } from "../../model/label-values.ts";
import { PROBE_PROTOCOLS, PROBE_REASON_NAMES } from "../../model/probe/probe.ts";
import {
  absentOr,
  ANYTHING,
  COUNT,
  listOf,
  mapOf,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  tableOf,
  TEXT,
  TIME,
  TRUTH,
  type Shape,
} from "../../model/shape/shape.ts";
import { KEY_ISSUERS, type PublishedKey, type PublishedKeys } from "../../model/snapshot/signing-keys.ts";
import type { OrganisationState } from "../organisation-state.ts";

type Item<List extends readonly unknown[]> = List[number];
const KIND = oneOf(KEY_CHANGE_KINDS);

const PUBLISHED = objectOf<PublishedKeys>({
  issuer: oneOf(KEY_ISSUERS),
  authServer: TEXT,
  fetchedAtMs: TIME,
  isStandIn: TRUTH,
  keys: listOf(objectOf<PublishedKey>({ thumbprint: TEXT, kid: nullOr(TEXT), notAfterMs: nullOr(TIME) })),
});

const HISTORY = objectOf<KeyHistory>({
  sights: mapOf(objectOf<KeyHistory["sights"][string]>({ atMs: TIME, members: listOf(TEXT) })),
  changes: listOf(
    objectOf<Item<KeyHistory["changes"]>>({
      kind: KIND,
      fromMs: TIME,
      toMs: TIME,
      result: nullOr(TEXT),
      source: TEXT,
    }),
  ),
});

const CHANGE = objectOf<KeyChange>({
  kind: KIND,
  atMs: TIME,
  afterMs: nullOr(TIME),
  text: TEXT,
  shownBy: oneOf(["events", "snapshot", "keys"]),
});

/** The snapshot is not checked here: the code that restores it drops one of another version or shape, since the next one comes soon. */
type Kept = Omit<OrganisationState, "snapshot" | "logGaps" | "proofs"> & { readonly snapshot: unknown };

/** Shape of the organisation in the state record. Records of older versions may lack fields. */
export const ORGANISATION_SHAPE: Shape<Partial<Kept>> = objectOf<Partial<Kept>>({
  snapshot: ANYTHING,
  published: absentOr(listOf(PUBLISHED)),
  keyHistory: absentOr(HISTORY),
  changes: absentOr(listOf(CHANGE)),
  changeCounts: absentOr(tableOf(KIND, COUNT)),
  missing: absentOr(listOf(objectOf<Item<OrganisationState["missing"]>>({ atMs: TIME, count: nullOr(COUNT) }))),
  clockOffsets: absentOr(
    listOf(objectOf<Item<OrganisationState["clockOffsets"]>>({ atMs: TIME, server: TEXT, seconds: NUMBER })),
  ),
  activations: absentOr(
    listOf(objectOf<Item<OrganisationState["activations"]>>({ atMs: TIME, server: TEXT, text: TEXT })),
  ),
  failedChecks: absentOr(
    listOf(
      objectOf<Item<OrganisationState["failedChecks"]>>({
        atMs: TIME,
        untilMs: absentOr(TIME),
        server: nullOr(TEXT),
        check: TEXT,
        found: TEXT,
        speaksFor: oneOf(CAUSES),
      }),
    ),
  ),
  probe: absentOr(
    listOf(
      objectOf<Item<OrganisationState["probe"]>>({
        server: TEXT,
        protocol: oneOf(PROBE_PROTOCOLS),
        speaksFor: oneOf(CAUSES),
        reason: oneOf(PROBE_REASON_NAMES),
        seconds: nullOr(NUMBER),
        fromMs: TIME,
        toMs: TIME,
        isOpen: TRUTH,
      }),
    ),
  ),
  tokenKeys: absentOr(listOf(objectOf<Item<OrganisationState["tokenKeys"]>>({ thumbprint: TEXT, atMs: TIME }))),
  authAdminRunMs: absentOr(nullOr(TIME)),
});
