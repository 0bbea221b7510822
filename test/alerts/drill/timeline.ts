import type { Received, Receiver, Running } from "../live-stack.ts";
import { queryPrometheus } from "../live-stack.ts";
import type { Organisation } from "./organisation.ts";

/** An observation, reported once. Times in Unix ms. */
export interface DrillEvent {
  readonly atMs: number;
  readonly kind: "loop" | "incident" | "alert" | "page" | "ticket" | "over";
  readonly text: string;
  /** First refusal of the loop or the incident; null for alerts. */
  readonly sinceMs: number | null;
  /** The rendered message; null if the observation is not a message. */
  readonly page: { readonly title: string; readonly text: string } | null;
}

export interface Watched {
  readonly organisation: Organisation;
  readonly prometheus: Running;
  readonly receiver: Receiver;
}

/** Polls the exporter, Prometheus and the receiver. Each call returns the observations that are new since the last call. */
export function watchTimeline(
  { organisation, prometheus, receiver }: Watched,
  fromMs: number,
): () => Promise<readonly DrillEvent[]> {
  const known = new Set<string>();
  let received = 0;
  const once = (key: string, event: DrillEvent): DrillEvent[] => {
    if (known.has(key)) return [];
    known.add(key);
    return [event];
  };
  return async () => {
    const events = [...(await atExporter(organisation, fromMs, once)), ...(await atPrometheus(prometheus, once))];
    const messages = receiver.received();
    for (const message of messages.slice(received)) if (message.kind === "chat") events.push(eventOf(message));
    received = messages.length;
    return events.sort((a, b) => a.atMs - b.atMs);
  };
}

type Once = (key: string, event: DrillEvent) => DrillEvent[];

async function atExporter(organisation: Organisation, fromMs: number, once: Once): Promise<DrillEvent[]> {
  const findings = await organisation.findings();
  const atMs = Date.now();
  const loops = (findings?.loops ?? [])
    .filter(({ start }) => Date.parse(start) >= fromMs)
    .flatMap(({ server, appPool, start }) =>
      once(`loop ${server} ${appPool}`, {
        atMs,
        kind: "loop",
        text: `the exporter shows the first client in a loop: ${server}, ${appPool}`,
        sinceMs: Date.parse(start),
        page: null,
      }),
    );
  const incidents = (findings?.incidents ?? [])
    .filter(({ start }) => Date.parse(start) >= fromMs)
    .flatMap(({ server, appPool, cause, confidence, clients, start }) =>
      once(`incident ${server} ${appPool} ${cause}`, {
        atMs,
        kind: "incident",
        text: `the exporter names an incident: ${server}, ${appPool}, ${cause} (confidence ${confidence.toFixed(1)}), ${clients} clients`,
        sinceMs: Date.parse(start),
        page: null,
      }),
    );
  return [...loops, ...incidents];
}

async function atPrometheus(prometheus: Running, once: Once): Promise<DrillEvent[]> {
  const alerts = await queryPrometheus(prometheus, 'ALERTS{alertname=~"Hma.*",alertstate="firing"}').catch(() => []);
  return alerts.flatMap(({ labels }) => {
    const name = [labels["alertname"], labels["instance"]].filter((one) => one !== undefined).join(" ");
    return once(`alert ${name}`, {
      atMs: Date.now(),
      kind: "alert",
      text: `Prometheus fires ${name}`,
      sinceMs: null,
      page: null,
    });
  });
}

function eventOf(message: Extract<Received, { kind: "chat" }>): DrillEvent {
  const { receiver, atMs, title, text } = message;
  const kind = title.startsWith("[OVER]") ? "over" : receiver === "pager" ? "page" : "ticket";
  return { atMs, kind, text: `Alertmanager to ${receiver}: ${title}`, sinceMs: null, page: { title, text } };
}
