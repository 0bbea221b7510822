import { combineKeys } from "../../model/text-key.ts";
import { fieldKey } from "./field-value.ts";
import { hasLiteralAt, isLiteral, literal } from "./literals.ts";
import { isProbeAgent, isProbeUser } from "./noise.ts";

/** What a URL query shows of the client and of the request. */
export interface QueryFacts {
  /** Key of `cafeReqId`, the request id that the front end adds to the IIS log; 0 when absent. */
  readonly requestKey: number;
  /**
   * Combined key of ClientId, MailboxId, DeviceId and User. Their order in the query does not matter. 0 when all are
   * absent.
   */
  readonly idsKey: number;
  /** The query has a DeviceId. */
  readonly namesDevice: boolean;
  /** `clientApplication=ActiveMonitor`, or the mailbox or user of a health probe. */
  readonly isProbe: boolean;
}

/** Reads the query `bytes[start, end)`, with or without a leading `?`. Parameters are separated by `&` or `;`. */
export function readQuery(bytes: Uint8Array, start: number, end: number): QueryFacts {
  if (end - start < MIN_QUERY_LENGTH) return NO_FACTS;
  let [requestKey, clientId, mailboxId, deviceId, user] = [0, 0, 0, 0, 0];
  let isProbe = false;
  for (let at = bytes[start] === QUESTION_MARK ? start + 1 : start; at < end;) {
    let equals = -1;
    let stop = at;
    for (; stop < end; stop++) {
      const mark = MARKS[bytes[stop] ?? 0];
      if (mark === ENDS) break;
      if (mark === NAMES && equals < 0) equals = stop;
    }
    const from = equals + 1;
    // Compare the length of the name first, so that most parameters cost one comparison.
    switch (equals - at) {
      case 4:
        if (!hasLiteralAt(bytes, at, equals, USER)) break;
        user = fieldKey(bytes, from, stop);
        isProbe ||= isProbeUser(bytes, from, stop);
        break;
      case 8:
        if (hasLiteralAt(bytes, at, equals, CLIENT_ID)) clientId = fieldKey(bytes, from, stop);
        else if (hasLiteralAt(bytes, at, equals, DEVICE_ID)) deviceId = fieldKey(bytes, from, stop);
        break;
      case 9:
        if (hasLiteralAt(bytes, at, equals, CAFE_REQUEST_ID)) {
          requestKey = fieldKey(bytes, from, stop);
        } else if (hasLiteralAt(bytes, at, equals, MAILBOX_ID)) {
          mailboxId = fieldKey(bytes, from, stop);
          isProbe ||= isProbeUser(bytes, from, stop);
        }
        break;
      case 17:
        isProbe ||= isLiteral(bytes, at, equals, CLIENT_APPLICATION) && isProbeAgent(bytes, from, stop);
        break;
    }
    at = stop + 1;
  }
  return {
    requestKey,
    idsKey: idsKeyOf({ clientId, mailboxId, deviceId, user }),
    namesDevice: deviceId !== 0,
    isProbe,
  };
}

/** Combines the keys of the four ids into one; 0 when all are 0. */
export function idsKeyOf(ids: { clientId: number; mailboxId: number; deviceId: number; user: number }): number {
  const { clientId, mailboxId, deviceId, user } = ids;
  if (clientId === 0 && mailboxId === 0 && deviceId === 0 && user === 0) return 0;
  return combineKeys(combineKeys(combineKeys(clientId, mailboxId), deviceId), user);
}

const NO_FACTS: QueryFacts = { requestKey: 0, idsKey: 0, namesDevice: false, isProbe: false };
/** Shortest query of interest: `User=x` */
const MIN_QUERY_LENGTH = 6;

const USER = literal("User");
const CLIENT_ID = literal("ClientId");
const DEVICE_ID = literal("DeviceId");
const MAILBOX_ID = literal("MailboxId");
const CAFE_REQUEST_ID = literal("cafeReqId");
const CLIENT_APPLICATION = literal("clientApplication");

const QUESTION_MARK = 0x3f;

/** Role of each byte in a query: 0 none, ENDS ends a parameter (`&`, `;`), NAMES ends its name (`=`). */
const ENDS = 1;
const NAMES = 2;
const MARKS = Uint8Array.from({ length: 256 }, (_, code) =>
  code === 0x26 || code === 0x3b ? ENDS : code === 0x3d ? NAMES : 0,
);
