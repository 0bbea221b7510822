import { CAUSE_RECORDS } from "../../src/causes/records/index.ts";
import { LOG_FORMATS } from "../../src/model/label-values.ts";
import type { Category, LoopOutcome, Protocol, RecycleReason, Result } from "../../src/model/label-values.ts";

/**
 * The colours of Okabe and Ito, distinguishable with any common colour blindness on light and dark. Colour is never the only information: a
 * text, a name or a position shows the same.
 */
export const COLOUR = {
  good: "#009E73",
  bad: "#D55E00",
  warn: "#E69F00",
  unknown: "#8E8E8E",
  calm: "#56B4E9",
  deep: "#0072B2",
  note: "#CC79A7",
  bright: "#F0E442",
  pale: "#B8B8B8",
  dim: "#5F6368",
} as const;

/** Maps a series name, or a regular expression for names, to a colour. */
export type Colours = Readonly<Record<string, string>>;

export const RESULT_COLOURS: Readonly<Record<Result, string>> = {
  success: COLOUR.good,
  challenge: COLOUR.calm,
  rejected: COLOUR.bad,
  suspected: COLOUR.warn,
  handshake: COLOUR.pale,
  error: COLOUR.note,
};

export const CATEGORY_COLOURS: Readonly<Record<Category, string>> = {
  invalid_signature: COLOUR.bad,
  token_expired: COLOUR.warn,
  invalid_resource: COLOUR.deep,
  invalid_issuer: COLOUR.note,
  invalid_tenant: COLOUR.note,
  invalid_user: COLOUR.calm,
  invalid_client: COLOUR.calm,
  oauth_not_available: COLOUR.bright,
  internal_error: COLOUR.good,
  invalid_token: COLOUR.dim,
  invalid_grant: COLOUR.dim,
  unknown: COLOUR.unknown,
};

/** The colour of each cause, from its record. */
export const CAUSE_COLOURS: Colours = Object.fromEntries(
  Object.values(CAUSE_RECORDS).map(({ cause, colour }) => [cause, COLOUR[colour]]),
);

export const REASON_COLOURS: Readonly<Record<RecycleReason, string>> = {
  crash: COLOUR.bad,
  managed_availability: COLOUR.warn,
  reboot: COLOUR.note,
  iis_reset: COLOUR.note,
  on_demand: COLOUR.deep,
  config_change: COLOUR.calm,
  memory: COLOUR.bright,
  periodic: COLOUR.good,
  idle: COLOUR.pale,
  unknown: COLOUR.unknown,
};

export const OUTCOME_COLOURS: Readonly<Record<LoopOutcome, string>> = {
  recovered: COLOUR.good,
  unresolved: COLOUR.bad,
};

export const PROTOCOL_COLOURS: Readonly<Record<Protocol, string>> = {
  ews: COLOUR.deep,
  mapi: COLOUR.warn,
  autodiscover: COLOUR.note,
  eas: COLOUR.good,
  oab: COLOUR.bright,
  owa: COLOUR.calm,
  ecp: COLOUR.calm,
  rest: COLOUR.bad,
  rpc_http: COLOUR.dim,
  powershell: COLOUR.dim,
  other: COLOUR.unknown,
};

/** In the order of the log sources. */
const IN_ORDER = [
  COLOUR.deep,
  COLOUR.warn,
  COLOUR.good,
  COLOUR.calm,
  COLOUR.note,
  COLOUR.bad,
  COLOUR.bright,
  COLOUR.pale,
  COLOUR.dim,
];
export const FORMAT_COLOURS: Colours = Object.fromEntries(
  LOG_FORMATS.map((format, index) => [format, IN_ORDER[index % IN_ORDER.length] ?? COLOUR.unknown]),
);

/** App pools that check tokens, by their short names, in the colours of their protocols. */
export const POOL_COLOURS: Colours = {
  Services: COLOUR.deep,
  MapiFrontEnd: COLOUR.warn,
  Autodiscover: COLOUR.note,
  Sync: COLOUR.good,
  OAB: COLOUR.bright,
  OWA: COLOUR.calm,
  ECP: COLOUR.pale,
  RestFrontEnd: COLOUR.bad,
};
