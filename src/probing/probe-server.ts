import type { SecureContext } from "node:tls";
import { TOKEN_PROTOCOLS, type ProbeKind, type ProbeOutcome, type ProbeProtocol } from "../model/probe/probe.ts";
import { headerValue, type ProbeAnswer } from "../probe/answer.ts";
import { judgeChallenge, type Judgement } from "../probe/judge-challenge.ts";
import { judgeToken, type AnswerReading } from "../probe/judge-token.ts";
import { probeAgent, PROBE_REQUESTS } from "../probe/probe-request.ts";
import { ask, type Asked } from "./ask.ts";
import { KeptConnection } from "./kept-connection.ts";
import { namespaceOf, type ProbeTarget } from "./probe-target.ts";
import type { TokenResult, TokenSource } from "./token-source.ts";

/** Settings for all servers. */
export interface ProbeSettings {
  readonly protocols: readonly ProbeProtocol[];
  readonly timeoutMs: number;
  /** The trusted certificates. */
  readonly trust: SecureContext;
  /** SMTP address of an on-premises test mailbox; never shown in an output. */
  readonly identity: string | null;
  /** Hosts of authorities in addition to the known ones. */
  readonly authorities: readonly string[];
  readonly readings: readonly AnswerReading[];
  readonly version: string;
}

export interface ProbeRun {
  readonly settings: ProbeSettings;
  readonly target: ProbeTarget;
  /** Null: only the challenge is sent. */
  readonly tokens: TokenSource | null;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Time limit for the whole run; the remaining time limits each request. */
  readonly budgetMs?: number;
}

/**
 * Probes the protocols of one server one after the other, over one connection per public name, so that no server has more than two
 * connections from the exporter. If the address cannot be reached, it is tried only once for all protocols.
 */
export async function probeServer(run: ProbeRun): Promise<readonly ProbeOutcome[]> {
  const connections = new Map<string, KeptConnection>();
  try {
    return await probeProtocols({ ...run, connections });
  } finally {
    for (const connection of connections.values()) {
      connection.drop();
      connection.destroy();
    }
  }
}

/** `connections`: the run's connections by public name. */
interface ConnectedRun extends ProbeRun {
  readonly connections: Map<string, KeptConnection>;
}

async function probeProtocols(run: ConnectedRun): Promise<readonly ProbeOutcome[]> {
  const outcomes: ProbeOutcome[] = [];
  const untilMs = performance.now() + (run.budgetMs ?? Infinity);
  let gone: ProbeOutcome | null = null;
  for (const protocol of run.settings.protocols) {
    const leftMs = untilMs - performance.now();
    if (gone !== null) outcomes.push(...sameFor(gone, protocol, run));
    else if (leftMs > 0) {
      const timeoutMs = Math.max(1, Math.ceil(Math.min(run.settings.timeoutMs, leftMs)));
      const found = await probeProtocol({ ...run, settings: { ...run.settings, timeoutMs } }, protocol);
      outcomes.push(...found);
      gone = found.find(({ verdict }) => verdict === "unreachable") ?? null;
    }
  }
  return outcomes;
}

function sameFor(gone: ProbeOutcome, protocol: ProbeProtocol, { target, tokens }: ProbeRun): readonly ProbeOutcome[] {
  const challenge: ProbeOutcome = { ...gone, protocol, probe: "challenge", namespace: namespaceOf(target, protocol) };
  return tokens !== null && TOKEN_PROTOCOLS.includes(protocol)
    ? [challenge, { ...challenge, probe: "token" }]
    : [challenge];
}

/** Sends the challenge, then the token if the virtual directory takes one and the answer to the challenge came from the right server. */
async function probeProtocol(run: ConnectedRun, protocol: ProbeProtocol): Promise<readonly ProbeOutcome[]> {
  const asked = await askOnce(run, protocol, "Bearer");
  const { settings, target, tokens } = run;
  const expected = { server: target.name, identity: settings.identity, authorities: settings.authorities };
  const judgement = asked.answer === null ? null : judgeChallenge(asked.answer, protocol, expected);
  const challenge = outcomeOf(run, { protocol, probe: "challenge", asked, judgement });
  if (tokens === null || !TOKEN_PROTOCOLS.includes(protocol)) return [challenge];
  if (mayNotSend(challenge)) return [challenge, { ...challenge, probe: "token" }];
  const token = await tokens.tokenFor(namespaceOf(target, protocol));
  run.signal.throwIfAborted();
  return [challenge, await probeToken(run, challenge, token)];
}

/** The answer is not from the server that was asked, or there was none: the token is not sent. */
function mayNotSend({ verdict, reason, status }: ProbeOutcome): boolean {
  return (
    status === null ||
    verdict === "tls" ||
    verdict === "unreachable" ||
    ["other_server", "exchange_online", "not_exchange", "redirect"].includes(reason)
  );
}

async function probeToken(run: ConnectedRun, challenge: ProbeOutcome, token: TokenResult): Promise<ProbeOutcome> {
  const { protocol } = challenge;
  if (token.kind === "none") {
    const { reason, errorNumber } = token;
    const asked: ProbeOutcome = { ...challenge, probe: "token", status: null, seconds: {}, atMs: run.now() };
    return {
      ...asked,
      verdict: "no_token",
      reason,
      errorNumber,
      isBearerOffered: null,
      isAuthorityValid: null,
      issuer: null,
    };
  }
  const asked = await askOnce(run, protocol, `Bearer ${token.token}`);
  const expected = { server: run.target.name, identity: null, authorities: [] };
  const judgement = asked.answer === null ? null : judgeToken(asked.answer, expected, run.settings.readings);
  return { ...outcomeOf(run, { protocol, probe: "token", asked, judgement }), keyId: token.keyId };
}

function askOnce(run: ConnectedRun, protocol: ProbeProtocol, authorization: string): Promise<Asked> {
  const { settings, target } = run;
  const namespace = namespaceOf(target, protocol);
  const isEmpty = authorization === "Bearer";
  return ask({
    connection: connectionFor(run, namespace),
    namespace,
    request: PROBE_REQUESTS[protocol],
    headers: {
      "User-Agent": probeAgent(settings.version),
      Authorization: authorization,
      ...(isEmpty && settings.identity !== null ? { "X-User-Identity": settings.identity } : {}),
    },
    timeoutMs: settings.timeoutMs,
    signal: run.signal,
    now: run.now,
  });
}

function connectionFor({ connections, target, settings }: ConnectedRun, namespace: string): KeptConnection {
  const known = connections.get(namespace);
  if (known !== undefined) return known;
  const opened = new KeptConnection({ target, namespace, trust: settings.trust });
  connections.set(namespace, opened);
  return opened;
}

interface Finding {
  readonly protocol: ProbeProtocol;
  readonly probe: ProbeKind;
  readonly asked: Asked;
  readonly judgement: Judgement | null;
}

function outcomeOf({ settings, target }: ProbeRun, { protocol, probe, asked, judgement }: Finding): ProbeOutcome {
  const failure = asked.failure ?? { verdict: "unknown" as const, reason: "broken" as const };
  const { verdict, reason, isBearerOffered, isAuthorityValid, issuer } = judgement ?? {
    ...failure,
    isBearerOffered: null,
    isAuthorityValid: null,
    issuer: null,
  };
  return {
    server: target.name,
    protocol,
    probe,
    namespace: namespaceOf(target, protocol),
    atMs: asked.atMs,
    verdict,
    reason,
    status: asked.answer?.status ?? null,
    isBearerOffered,
    isAuthorityValid,
    issuer,
    seconds: asked.seconds,
    tlsNotAfterMs: asked.tlsNotAfterMs,
    clockOffsetSeconds: clockOffset(asked.answer, asked.atMs),
    keyId: null,
    errorNumber: null,
    hasIdentity: probe === "challenge" && settings.identity !== null,
  };
}

/** `Date` has whole seconds, so it is half a second late on average. */
function clockOffset(answer: ProbeAnswer | null, atMs: number): number | null {
  const dateMs = Date.parse(answer === null ? "" : (headerValue(answer, "date") ?? ""));
  return Number.isNaN(dateMs) ? null : Math.round((dateMs + 500 - atMs) / 1000);
}
