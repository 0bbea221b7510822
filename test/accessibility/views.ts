import type { Listener } from "../../src/web/listen.ts";
import type { ProbeRow, WebQueries, WebStatus } from "../../src/web/web-queries.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, PAST_INCIDENT, QUIET, STATUS, withApp } from "../web/web-fixture.ts";

interface View {
  readonly queries: Partial<WebQueries>;
  readonly paths: readonly string[];
}

const SOURCES = STATUS.servers[0]?.sources ?? [];

const PROBE: readonly ProbeRow[] = (["good", "bad"] as const).map((quality) => ({
  server: "EX01",
  protocol: "ews",
  probe: "token",
  verdict: quality === "good" ? "accepted" : "refused_keys",
  isGood: quality === "good",
  status: quality === "good" ? 200 : 401,
  why: quality === "good" ? "the token was taken" : "error_category invalid_signature",
  lastFailure: null,
  tokenKey: null,
  since: "2026-11-22T08:00:00.000Z",
  at: "2026-11-22T08:19:30.000Z",
}));

function statusOf(servers: number): WebStatus {
  const names = Array.from({ length: servers }, (_, index) => `EX${String(index + 1).padStart(2, "0")}`);
  return { ...STATUS, servers: names.map((name) => ({ name, sources: SOURCES })), probe: PROBE };
}

const NOTHING: WebStatus = {
  ...STATUS,
  servers: [],
  exposure: { kind: "unknown", because: "no snapshot has been seen" },
  compliance: null,
  notices: ["The farm folder /mnt/farm holds no folder of a server."],
};

/** Pages by situation. */
export const VIEWS: Readonly<Record<string, View>> = {
  incident: {
    queries: { status: () => statusOf(2) },
    paths: ["/", "/servers/EX01", "/incidents", `/incidents/${OPEN_INCIDENT.id}`, "/incidents/gone", "/config"],
  },
  quiet: {
    queries: {
      status: () => ({ ...statusOf(1), exposure: { kind: "safe" }, probe: PROBE.slice(0, 1) }),
      findings: () => QUIET,
      serverNames: () => ["EX01"],
    },
    paths: ["/", "/servers/EX01", "/incidents"],
  },
  empty: {
    queries: {
      status: () => NOTHING,
      findings: () => ({ ...QUIET, servers: [], from: null, to: null }),
      serverNames: () => [],
    },
    paths: ["/", "/incidents"],
  },
  sixty: {
    queries: {
      status: () => statusOf(60),
      findings: () => ({
        ...FINDINGS,
        incidents: Array.from({ length: 60 }, (_, index) => ({ ...PAST_INCIDENT, id: `EX02-${index}` })),
      }),
    },
    paths: ["/", "/incidents"],
  },
};

/** Serves the pages of a situation, while `use` runs. */
export async function serveViews(
  name: string,
  use: (listener: Listener, paths: readonly string[]) => Promise<void>,
): Promise<void> {
  const view = VIEWS[name];
  if (view === undefined) throw new Error(`There is no view "${name}"`);
  await withApp(fakeQueries(view.queries), (listener) => use(listener, view.paths));
}
