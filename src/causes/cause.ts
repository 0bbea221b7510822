import type { AppPool } from "../model/app-pool.ts";
import type { Evidence, EvidenceKind, EvidenceSource } from "../model/finding.ts";
import { CATEGORIES, type Category, type Cause } from "../model/label-values.ts";
import type { AuthAdminEventName, OAuthEventName } from "../model/row.ts";
import type { LoopReason } from "../detectors/loop.ts";
import type { Recycle } from "../detectors/recycle.ts";
import { PROBE_REASONS } from "../model/probe/probe.ts";
import type { ProbeSighting } from "../probe/probe-sightings.ts";
import { MINUTE_MS } from "../model/durations.ts";

/** A measurement of a server's clock against another: `seconds` is how far it is off, whatever the direction. */
export interface ClockOffset {
  readonly atMs: number;
  readonly seconds: number;
  /** What measured it: a snapshot asked the server, or rows of that log are dated ahead of the exporter's clock. */
  readonly source: EvidenceSource;
}

/** All that is known of an incident when its cause is named. Instants in Unix milliseconds. */
export interface CauseContext {
  readonly server: string;
  readonly appPool: AppPool;
  readonly startMs: number;
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly clients: number;
  /** Clients of it that were served before it, or after. */
  readonly clientsServed: number;
  readonly rejections: number;
  /** Of those: refused for a reason, or answered with 4000000. */
  readonly proven: number;
  readonly backEndRejections: number;
  /** Requests by what they were answered. */
  readonly categories: Readonly<Partial<Record<LoopReason, number>>>;
  /** The log that showed the rejections. */
  readonly source: EvidenceSource;
  /** The first success that ended one of its loops; null when none did. */
  readonly recoveredAtMs: number | null;
  /** Recycles of this pool on this server from a day before the incident to its end, in order of time, and one that a process id shows soon after. */
  readonly recycles: readonly Recycle[];
  /** A log that shows recycles of this pool is there (events, or process ids since it began). */
  readonly recyclesAreVisible: boolean;
  /** True when the pool accepted a Bearer token after that instant and before the incident. */
  readonly acceptedSince: (sinceMs: number) => boolean;
  /** The same up to the end of the incident. */
  readonly acceptedMeanwhile: (sinceMs: number) => boolean;
  /** The first row of the server that is known: what was before it is unknown. */
  readonly logsBeginMs: number;
  /** The first Bearer token presented to the pool after that instant; null when none was seen. */
  readonly firstBearerSince: (sinceMs: number) => number | null;
  readonly oauthEvents: readonly {
    readonly atMs: number;
    readonly name: OAuthEventName;
    readonly appPool: AppPool | null;
    readonly label: string;
  }[];
  readonly authAdminEvents: readonly {
    readonly atMs: number;
    readonly name: AuthAdminEventName;
    readonly label: string;
    readonly server: string;
  }[];
  /** The same pool on the other servers that had Bearer traffic around the incident. */
  readonly peers: readonly Peer[];
  /** Another Bearer pool of this server refuses at the same time for the same reason. */
  readonly otherPoolsRefuse: boolean;
  /** What is known from outside the logs; null or empty when it is not. */
  readonly missingKeys: { readonly count: number; readonly atMs: number } | null;
  readonly keyChanges: readonly {
    readonly atMs: number;
    readonly text: string;
    readonly isPublished: boolean;
    readonly shownBy: "events" | "snapshot" | "keys";
  }[];
  readonly clockOffset: ClockOffset | null;
  readonly failedChecks: readonly {
    readonly check: string;
    readonly found: string;
    readonly atMs: number;
    readonly speaksFor: Cause;
  }[];
  readonly activations: readonly { readonly atMs: number; readonly text: string }[];
  /** What the probe saw of this pool's virtual directories around the incident. */
  readonly probe: readonly ProbeSighting[];
}

/** The same pool on another server, where Bearer tokens were presented at the time of the incident. */
export interface Peer {
  readonly server: string;
  readonly isRefusing: boolean;
  /** Its worker was replaced shortly before it began to refuse. */
  readonly wasRecycled: boolean;
  /** Start of its incident; 0 without one. */
  readonly startMs: number;
}

export interface CauseVerdict {
  readonly cause: Cause;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

/** A worker fetches the published keys by itself within 30 minutes of its first Bearer request; 5 more for the logs (domain §1). */
const SELF_HEALING_MS = 35 * MINUTE_MS;
/** A worker that served for longer than this before it refuses was not new: its keys became stale while it ran. */
export const SHORTLY_MS = 20 * MINUTE_MS;
/** Where the logs begin less than this before the incident, that a client was never served says little. */
const SHORT_LOGS_MS = 60 * MINUTE_MS;
/** An overlapped recycle lets the old worker finish what it has. */
const OVERLAP_MS = 120_000;
/** An event of the worker's OAuth libraries belongs to an incident from this long before it. */
const EVENT_LEAD_MS = 30 * MINUTE_MS;
/** IIS knows whole seconds only, and the clocks of two logs differ a little. */
const CLOCK_GRAIN_MS = 5_000;
/** A client clock or server clock off by this much makes tokens expired or not yet valid. */
const CLOCK_SKEW_SECONDS = 300;

/** Names the cause of an incident, with its evidence. The same for the same context, whatever the order of its lists. */
export function nameCause(context: CauseContext): CauseVerdict {
  const { cause, points } = judge(context);
  const evidence = points
    .map((point) => point.evidence)
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.kind < b.kind ? -1 : 1));
  const weight = points.reduce((sum, point) => sum + point.weight, 0);
  return { cause, confidence: Math.round(Math.min(0.99, Math.max(0.05, weight)) * 100) / 100, evidence };
}

interface Point {
  readonly weight: number;
  readonly evidence: Evidence;
}
interface Judgement {
  readonly cause: Cause;
  readonly points: readonly Point[];
}

function judge(context: CauseContext): Judgement {
  const rejected = context.proven;
  const summary = rejectionsPoint(context, rejected);
  const ending = endingPoints(context);
  if (rejected === 0) return judgeSuspected(context, summary, ending);
  if (context.backEndRejections * 2 >= rejected)
    return { cause: "backend_rejection", points: [weigh(summary, 0.7), ...ending] };
  const category = dominant(context);
  const named = byCategory(context, category);
  return { cause: named.cause, points: [weigh(summary, named.base), ...named.points, ...ending] };
}

interface Named {
  readonly cause: Cause;
  readonly base: number;
  readonly points: readonly Point[];
}

function byCategory(context: CauseContext, category: Category): Named {
  switch (category) {
    case "invalid_signature":
      return invalidSignature(context);
    case "invalid_resource":
      return { cause: "audience_mismatch", base: 0.7, points: checkPoints(context, "audience_mismatch") };
    case "oauth_not_available":
      return { cause: "modern_auth_not_offered", base: 0.7, points: checkPoints(context, "modern_auth_not_offered") };
    case "token_expired":
      return { cause: "clock_skew", base: 0.5, points: clockPoints(context) };
    case "invalid_tenant":
    case "invalid_issuer":
      return { cause: "unknown_issuer", base: 0.7, points: checkPoints(context, "unknown_issuer") };
    case "invalid_user":
      return { cause: "unknown_user", base: 0.7, points: [] };
    case "internal_error":
      return { cause: "oauth_configuration", base: 0.6, points: configurationPoints(context) };
    case "invalid_client":
      return { cause: "oauth_configuration", base: 0.5, points: configurationPoints(context) };
    case "invalid_token":
      return looksLikeJunk(context) ? junk(context) : { cause: "unexplained", base: 0.2, points: [] };
    case "invalid_grant":
    case "unknown": {
      const configuration = configurationPoints(context);
      if (configuration.length > 0) return { cause: "oauth_configuration", base: 0.4, points: configuration };
      const recycle = triggeringRecycle(context);
      if (category === "unknown" && recycle !== null) return staleKeys(context, recycle, 0.2);
      return { cause: "unexplained", base: 0.2, points: [] };
    }
  }
}

/** Stale keys in one worker, stale keys everywhere, or tokens that nobody ever signed. */
function invalidSignature(context: CauseContext): Named {
  const recycle = triggeringRecycle(context);
  const unreachable = metadataPoints(context);
  if (unreachable.length > 0) {
    return {
      cause: "metadata_unreachable",
      base: 0.4,
      points: [...unreachable, ...recyclePoints(recycle, 0.1), ...keyPoints(context)],
    };
  }
  if (looksLikeJunk(context)) return junk(context);
  const refusingPeers = context.peers.filter((peer) => peer.isRefusing);
  if (recycle !== null && !ranBefore(context, recycle, refusingPeers)) return staleKeys(context, recycle, 0.4);
  if (refusingPeers.length > 0 || context.otherPoolsRefuse || publishedBefore(context))
    return staleEverywhere(context, refusingPeers.length);
  if (!context.recyclesAreVisible) return staleKeys(context, null, 0.4);
  if (context.peers.length === 0) return staleEverywhere(context, 0);
  if (keyPoints(context).some((one) => one.weight > 0)) return staleKeys(context, null, 0.4);
  // The others accept, and a log that tells of new workers tells of none here.
  return { cause: "unexplained", base: 0.2, points: healthyPeerPoints(context, 0) };
}

/**
 * The worker accepted tokens for a while, and others refuse at once whose workers were not replaced just before: the keys changed under them all. In
 * rolling maintenance each server refuses after its own recycle, though tokens of the old key and of servers pass meanwhile.
 */
function ranBefore(context: CauseContext, recycle: Recycle, refusingPeers: readonly Peer[]): boolean {
  if (refusingPeers.length === 0 || !context.acceptedSince(recycle.atMs + OVERLAP_MS)) return false;
  const isRolling = refusingPeers.every((peer) => peer.wasRecycled);
  return !isRolling || context.startMs - recycle.atMs > SHORTLY_MS;
}

function staleKeys(context: CauseContext, recycle: Recycle | null, base: number): Named {
  const points = [
    ...recyclePoints(recycle, 0.3),
    ...firstBearerPoints(context, recycle),
    ...keyPoints(context),
    ...healthyPeerPoints(context, 0.1),
    ...activationPoints(context),
  ];
  return { cause: "stale_keys_after_recycle", base, points };
}

function staleEverywhere(context: CauseContext, refusingPeers: number): Named {
  const points = [...keyPoints(context)];
  if (refusingPeers > 0) {
    const names = context.peers
      .filter((peer) => peer.isRefusing)
      .map((peer) => peer.server)
      .sort()
      .join(", ");
    points.push(
      point(
        0.3,
        context.startMs,
        "peers",
        `${context.appPool} refuses Bearer tokens on ${names} too${context.recyclesAreVisible ? ", and its worker here was not new" : ""}`,
        "correlation",
      ),
    );
  }
  return { cause: "stale_keys_everywhere", base: 0.4, points };
}

function junk(context: CauseContext): Named {
  const isShort = context.startMs - context.logsBeginMs < SHORT_LOGS_MS;
  const text = `none of the ${context.clients} clients is ever served in these logs, and the same worker accepted Bearer tokens of others meanwhile`;
  const doubt = isShort ? "; the logs begin less than an hour before" : "";
  return {
    cause: "junk_tokens",
    base: isShort ? 0.1 : 0.4,
    points: [point(isShort ? 0.15 : 0.3, context.startMs, "clients", text + doubt, "correlation")],
  };
}

/** Without proof of a refusal a cause is named only where other evidence carries it. */
function judgeSuspected(context: CauseContext, summary: Evidence, ending: readonly Point[]): Judgement {
  const recycle = triggeringRecycle(context);
  const offered = checkPoints(context, "modern_auth_not_offered");
  const unreachable = metadataPoints(context);
  if (unreachable.length > 0) {
    return {
      cause: "metadata_unreachable",
      points: [weigh(summary, 0.1), ...unreachable, ...recyclePoints(recycle, 0.1), ...ending],
    };
  }
  const notOffered = probePoints(context, "modern_auth_not_offered");
  if (notOffered.length > 0 && probePoints(context, "stale_keys_after_recycle").length === 0)
    return { cause: "modern_auth_not_offered", points: [weigh(summary, 0.1), ...offered, ...ending] };
  if (recycle !== null && !looksLikeJunk(context)) {
    const { cause, points } = staleKeys(context, recycle, 0.1);
    return { cause, points: [weigh(summary, 0.1), ...points, ...ending] };
  }
  const adopted = keyPoints(context);
  if (adopted.some((one) => one.weight > 0) && !looksLikeJunk(context)) {
    const isShared = context.peers.some((peer) => peer.isRefusing);
    return {
      cause: isShared ? "stale_keys_everywhere" : "stale_keys_after_recycle",
      points: [weigh(summary, 0.1), ...adopted, ...ending],
    };
  }
  if (offered.length > 0) return { cause: "modern_auth_not_offered", points: [weigh(summary, 0.1), ...offered] };
  const skew = clockPoints(context);
  if (skew.length > 0) return { cause: "clock_skew", points: [weigh(summary, 0.1), ...skew] };
  return { cause: "unexplained", points: [weigh(summary, 0.1), ...ending] };
}

/**
 * The recycle after which the worker was new when the incident began: within the self-healing time, or longer ago when it
 * accepted no Bearer token since (a night without traffic).
 */
function triggeringRecycle(context: CauseContext): Recycle | null {
  // A new process id may show first when the worker serves again.
  const before = context.recycles.filter(
    (recycle) => (recycle.sinceMs ?? recycle.atMs) <= context.startMs + CLOCK_GRAIN_MS,
  );
  const last = before.at(-1);
  if (last === undefined) return null;
  const isRecent = context.startMs - last.atMs <= SELF_HEALING_MS;
  return isRecent || !context.acceptedSince(last.atMs + OVERLAP_MS) ? last : null;
}

/** Strangers: none of the refused was ever served, and the worker that refused them accepted others. Where nobody is served, that is not known. */
function looksLikeJunk(context: CauseContext): boolean {
  if (context.clientsServed > 0 || probePoints(context, "stale_keys_after_recycle").length > 0) return false;
  const last = context.recycles.filter((recycle) => recycle.atMs <= context.startMs).at(-1);
  // Before the incident it may have been another worker, unless a log would show that.
  const servedFromMs = context.recyclesAreVisible ? context.startMs - SHORT_LOGS_MS : context.startMs;
  return context.acceptedMeanwhile(Math.max(servedFromMs, last === undefined ? 0 : last.atMs + OVERLAP_MS));
}

/** The set of published keys changed within the day before. */
function publishedBefore(context: CauseContext): boolean {
  return context.keyChanges.some((change) => change.isPublished && change.atMs <= context.endMs);
}

function dominant(context: CauseContext): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of CATEGORIES) {
    const count = context.categories[category] ?? 0;
    if (count > most) {
      best = category;
      most = count;
    }
  }
  return best;
}

function rejectionsPoint(context: CauseContext, rejected: number): Evidence {
  const category = dominant(context);
  const share = rejected === 0 ? 0 : Math.round(((context.categories[category] ?? 0) / rejected) * 100);
  const text =
    rejected === 0
      ? `${context.rejections} requests of ${context.clients} clients got 401 again and again; no log shows whether they carried a token`
      : category === "oauth_not_available"
        ? `${rejected} requests of ${context.clients} clients were told that no Bearer token is taken (4000000), ${share} % of those with a reason`
        : `${rejected} Bearer tokens of ${context.clients} clients refused, ${share} % ${category}`;
  return evidenceOf(
    context.startMs,
    "rejections",
    context.backEndRejections > 0 ? `${text}, ${context.backEndRejections} of them by the back end` : text,
    context.source,
  );
}

function endingPoints(context: CauseContext): Point[] {
  if (context.recoveredAtMs === null) return [];
  return [point(0, context.recoveredAtMs, "recovery", "first client of them served again", context.source)];
}

function recyclePoints(recycle: Recycle | null, weight: number): Point[] {
  if (recycle === null) return [];
  return [
    point(
      weight,
      recycle.atMs,
      "recycle",
      `${recycle.appPool} worker replaced (${recycle.reason}, ${recycle.label})`,
      recycle.source,
    ),
  ];
}

function firstBearerPoints(context: CauseContext, recycle: Recycle | null): Point[] {
  if (recycle === null) return [];
  const firstMs = context.firstBearerSince(Math.min(recycle.atMs, context.startMs));
  return firstMs === null
    ? []
    : [point(0, firstMs, "first_bearer", "first Bearer token presented to the new worker", context.source)];
}

/** Proof that workers find keys which AD lacks: OAuth 2008 of this server, or a missing key by the collected keys. */
function keyPoints(context: CauseContext): Point[] {
  const points: Point[] = [];
  const found = context.oauthEvents
    .filter((event) => event.name === "new_certificates_from_metadata_url" && concerns(context, event))
    .at(0);
  if (found !== undefined)
    points.push(
      point(0.2, found.atMs, "oauth_event", `worker found signing keys that AD lacks (${found.label})`, "events"),
    );
  if (context.missingKeys !== null && context.missingKeys.count > 0) {
    const text = `${context.missingKeys.count} published signing ${context.missingKeys.count === 1 ? "key is" : "keys are"} missing in AD`;
    points.push(point(points.length === 0 ? 0.2 : 0.05, context.missingKeys.atMs, "missing_key", text, "keys"));
  }
  points.push(...probePoints(context, "stale_keys_after_recycle"));
  for (const change of context.keyChanges)
    points.push(point(0, change.atMs, "key_change", change.text, change.shownBy));
  return points;
}

/** The worker cannot fetch the published keys: OAuth 2007 here, or AuthAdmin 2010, and nobody found new keys (2008). */
function metadataPoints(context: CauseContext): Point[] {
  const isHealed = context.oauthEvents.some(
    (event) => event.name === "new_certificates_from_metadata_url" && concerns(context, event),
  );
  if (isHealed) return [];
  const points: Point[] = [];
  const failed = context.oauthEvents.find(
    (event) => event.name === "failed_while_reading_metadata" && concerns(context, event),
  );
  if (failed !== undefined)
    points.push(
      point(0.3, failed.atMs, "oauth_event", `worker could not read the metadata (${failed.label})`, "events"),
    );
  const isLong = context.endMs - context.startMs > SELF_HEALING_MS;
  const admin = context.authAdminEvents.find(
    (event) => event.name === "unable_to_access_metadata" && (isLong || event.atMs >= context.startMs - EVENT_LEAD_MS),
  );
  if (admin !== undefined)
    points.push(
      point(
        0.2,
        admin.atMs,
        "auth_admin_event",
        `AuthAdmin could not access the metadata on ${admin.server} (${admin.label})`,
        "events",
      ),
    );
  if (points.length > 0 && isLong)
    points.push(
      point(
        0.1,
        context.startMs + SELF_HEALING_MS,
        "rejections",
        "still refused after the time within which a worker fetches the keys by itself",
        context.source,
      ),
    );
  return points;
}

function concerns(context: CauseContext, event: { readonly atMs: number; readonly appPool: AppPool | null }): boolean {
  const isNear = event.atMs >= context.startMs - EVENT_LEAD_MS && event.atMs <= context.endMs + SELF_HEALING_MS;
  return isNear && (event.appPool === null || event.appPool === context.appPool || event.appPool === "other");
}

function healthyPeerPoints(context: CauseContext, weight: number): Point[] {
  const healthy = context.peers
    .filter((peer) => !peer.isRefusing)
    .map((peer) => peer.server)
    .sort();
  if (healthy.length === 0 || context.peers.some((peer) => peer.isRefusing)) return [];
  return [
    point(
      weight,
      context.startMs,
      "peers",
      `${context.appPool} accepts Bearer tokens on ${healthy.slice(0, 5).join(", ")}${healthy.length > 5 ? ` and ${healthy.length - 5} more` : ""} at the same time`,
      "correlation",
    ),
  ];
}

function activationPoints(context: CauseContext): Point[] {
  return context.activations.map((activation) =>
    point(0.05, activation.atMs, "component_state", activation.text, "snapshot"),
  );
}

function configurationPoints(context: CauseContext): Point[] {
  const names: readonly OAuthEventName[] = [
    "fail_to_load_local_configuration",
    "fail_to_read_signing_certificates",
    "partner_application_missing_certificates",
    "auth_server_missing_certificates",
  ];
  const event = context.oauthEvents.find((one) => names.includes(one.name) && concerns(context, one));
  const points = checkPoints(context, "oauth_configuration");
  return event === undefined
    ? points
    : [
        ...points,
        point(
          0.3,
          event.atMs,
          "oauth_event",
          `the worker could not load its OAuth configuration (${event.label})`,
          "events",
        ),
      ];
}

function clockPoints(context: CauseContext): Point[] {
  const { clockOffset } = context;
  if (clockOffset === null || Math.abs(clockOffset.seconds) < CLOCK_SKEW_SECONDS) return [];
  return [
    point(
      0.4,
      clockOffset.atMs,
      clockOffset.source === "probe" ? "probe" : "clock_offset",
      clockOffset.source === "snapshot"
        ? `the server's clock is off by ${Math.round(clockOffset.seconds)} s`
        : clockOffset.source === "probe"
          ? `the clock of its answers is off by ${Math.round(clockOffset.seconds)} s`
          : `its log rows are dated at least ${Math.round(clockOffset.seconds)} s ahead of the exporter's clock`,
      clockOffset.source,
    ),
  ];
}

/** What speaks for a cause beside the logs: failed checks, and what the probe was answered. */
function checkPoints(context: CauseContext, cause: Cause): Point[] {
  const failed = context.failedChecks.filter((one) => one.speaksFor === cause);
  return [
    ...failed.map((one) => point(0.2, one.atMs, "check", `check ${one.check} fails: ${one.found}`, "snapshot")),
    ...probePoints(context, cause),
  ];
}

/** One point for each virtual directory and reason: the first of them carries the weight. */
function probePoints(context: CauseContext, cause: Cause): Point[] {
  return context.probe
    .filter((one) => one.speaksFor === cause)
    .map((one, index) =>
      point(
        index === 0 ? 0.3 : 0,
        one.fromMs,
        "probe",
        `probe of ${one.protocol}: ${PROBE_REASONS[one.reason]}`,
        "probe",
      ),
    );
}

function point(weight: number, atMs: number, kind: EvidenceKind, text: string, source: EvidenceSource): Point {
  return { weight, evidence: evidenceOf(atMs, kind, text, source) };
}

function weigh(evidence: Evidence, weight: number): Point {
  return { weight, evidence };
}

function evidenceOf(atMs: number, kind: EvidenceKind, text: string, source: EvidenceSource): Evidence {
  return { at: new Date(atMs).toISOString(), kind, text, source };
}
