import { afterEach, describe, expect, test } from "@jest/globals";
import { answersOf } from "./drill/page-answers.ts";
import { startOrganisation } from "./drill/organisation.ts";
import type { Organisation } from "./drill/organisation.ts";
import { drillPlan } from "./drill/plans.ts";
import { exposedSnapshots, healthySnapshots } from "./drill/snapshots.ts";
import { FAST, startStage } from "./drill/stage.ts";
import { waitFor } from "./live-stack.ts";
import type { Received, Receiver } from "./live-stack.ts";
import { hasTool } from "./run-tool.ts";

const describeWithTools = hasTool("prometheus") && hasTool("prometheus-alertmanager") ? describe : describe.skip;
/** Takes about two and a half minutes on an idle machine. */
const TEST_MS = 600_000;
const LENGTH_MS = 600_000;
/** Loops start as with the default configuration, but loops and incidents end sooner. */
const SOONER = { loop: { gap: "30s", idle: "30s" }, incident: { quiet: "15s" } };
const RETRY_MS = [2_000, 4_000] as const;

const running: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
}, 60_000);

describeWithTools("incidents from the logs to the pager", () => {
  test(
    "each incident gives exactly one page, which says what happens, to whom, why and what to do, even if the " +
      "daemon is killed; near misses give none",
    async () => {
      const [contoso, fabrikam, tailspin] = await Promise.all([
        exposedContoso(),
        fabrikamBesideExchange(),
        quietTailspin(),
      ]);
      const stage = await startStage([contoso, fabrikam, tailspin], FAST);
      running.push(stage);
      const { receiver } = stage;
      const fullRowsOf = async (what: string): Promise<true> =>
        waitFor(what, () => (messagesOf(receiver).includes(what) ? true : null), 240_000);

      // Contoso is exposed, which opens tickets; a worker crashes, and the daemon is killed during the incident.
      const crash = contosoDrama(contoso, fullRowsOf);
      // At Fabrikam, the load balancer sends a different host name. At the end, the daemon is stopped for good.
      const mismatch = fabrikamDrama(fabrikam, fullRowsOf);
      await Promise.all([crash, mismatch]);

      expect(messagesOf(receiver).filter((one) => one.startsWith("pager ") && one.includes("hma-contoso"))).toEqual([
        "pager hma-contoso firing HmaBearerLoopIncident EX01",
        "pager hma-contoso resolved HmaBearerLoopIncident EX01",
      ]);
      expect(messagesOf(receiver).filter((one) => one.startsWith("pager ") && one.includes("hma-fabrikam"))).toEqual([
        "pager hma-fabrikam firing HmaBearerLoopIncident EX01",
        "pager hma-fabrikam resolved HmaBearerLoopIncident EX01",
        "pager hma-fabrikam firing HmaExportersAllDown -",
      ]);
      expect(messagesOf(receiver).filter((one) => one.includes("tailspin"))).toEqual([]);
      expect(
        messagesOf(receiver)
          .filter((one) => one.startsWith("tickets ") && one.includes(" firing "))
          .sort(),
      ).toEqual([
        "tickets hma-contoso firing HmaExposed -",
        "tickets hma-contoso firing HmaReadSessionOff -",
        "tickets hma-contoso firing HmaStaleKeysAfterRecycle EX01",
        "tickets hma-fabrikam firing HmaExporterDown EX01",
      ]);

      const [stale, audience] = [pageOf(receiver, "hma-contoso"), pageOf(receiver, "hma-fabrikam")];
      const missing = (page: typeof stale, cause: string): string[] =>
        answersOf(page, { server: "EX01", appPool: "MSExchangeMapiFrontEndAppPool", cause }).flatMap(
          ({ question, answer }) => (answer === null ? [question] : []),
        );
      expect({ page: stale, missing: missing(stale, "stale_keys_after_recycle") }).toEqual({
        page: stale,
        missing: [],
      });
      expect(stale.text).toMatch(
        /^First action: stale_keys_after_recycle: Get-AuthServer .* -RefreshAuthMetadata, then recycle the pool; drain the server first\./m,
      );
      expect(stale.text).toContain("a published signing key is missing in AD");
      expect({ page: audience, missing: missing(audience, "audience_mismatch") }).toEqual({
        page: audience,
        missing: [],
      });
      expect(audience.text).toMatch(/^First action: audience_mismatch: Compare the host name that clients use /m);
    },
    TEST_MS,
  );
});

describe("answersOf()", () => {
  const fullRow = { server: "EX01", appPool: "MSExchangeServicesAppPool", cause: "clock_skew" };
  const unanswered = (title: string, text: string): string[] =>
    answersOf({ title, text }, fullRow).flatMap(({ question, answer }) => (answer === null ? [question] : []));
  const TITLE = "[PAGE] An Exchange server refuses the Bearer tokens of mail clients again and again - EX01 (hma)";
  const TEXT = `NOW: An Exchange server refuses the Bearer tokens of mail clients again and again
Where: EX01, job hma
Since: 2026-11-22 08:00:05 UTC
What: At least 41 clients (Outlook, mobile) are refused again and again on EX01 (MSExchangeServicesAppPool: clock_skew).
Evidence: no published signing key is missing in AD.
First action: clock_skew: do not recycle; confirm the cause on the dashboard and follow the runbook.
Runbook: https://wiki.example/hma-exporter/docs/runbooks/HmaBearerLoopIncident.md
Dashboard: http://grafana.example:3000/d/hma-server?var-job=hma&var-instance=EX01&from=1795365247951&to=now`;

  test("finds all answers in a good page", () => {
    expect(unanswered(TITLE, TEXT)).toEqual([]);
  });

  test.each([
    { name: "another server", text: TEXT.replace("Where: EX01", "Where: EX02"), missing: ["Where?"] },
    { name: "another cause", text: TEXT.replace("clock_skew", "unexplained"), missing: ["Why?"] },
    { name: "nobody", text: TEXT.replace("At least 41 clients", "At least  clients"), missing: ["Who is hit?"] },
    { name: "no time", text: TEXT.replace(/Since: .*/, ""), missing: ["Since when?"] },
    { name: "no first action", text: TEXT.replace(/First action: .*/, ""), missing: ["What is to be done first?"] },
    {
      name: "a runbook that does not exist",
      text: TEXT.replace("HmaBearerLoopIncident.md", "HmaGone.md"),
      missing: ["Where does it say how?"],
    },
    {
      name: "a dashboard that does not exist",
      text: TEXT.replace("/d/hma-server", "/d/hma-gone"),
      missing: ["Where can it be seen?"],
    },
    {
      name: "a variable that the dashboard lacks",
      text: TEXT.replace("var-job", "var-pool"),
      missing: ["Where can it be seen?"],
    },
  ])("reports the missing answer in a page with $name", ({ text, missing }) => {
    expect(unanswered(TITLE, text)).toEqual(missing);
  });
});

async function exposedContoso(): Promise<Organisation> {
  const nowMs = Date.now();
  return started(
    await startOrganisation({
      job: "hma-contoso",
      mode: "central",
      snapshots: exposedSnapshots(nowMs),
      config: SOONER,
      iisFlushMs: 1_000,
      plan: drillPlan({
        nowMs,
        lengthMs: LENGTH_MS,
        servers: 2,
        scenarios: [
          {
            name: "stale-keys-crash",
            afterMs: 50_000,
            server: 0,
            parameters: { clients: 20, refusedMs: 50_000, retryMs: RETRY_MS, spelling: "activity" },
          },
          {
            name: "two-clients-only",
            afterMs: 20_000,
            server: 1,
            parameters: { refusedMs: 60_000, retryMs: RETRY_MS },
          },
        ],
      }),
    }),
  );
}

async function fabrikamBesideExchange(): Promise<Organisation> {
  const nowMs = Date.now();
  return started(
    await startOrganisation({
      job: "hma-fabrikam",
      mode: "beside",
      snapshots: healthySnapshots(nowMs),
      config: SOONER,
      iisFlushMs: 1_000,
      plan: drillPlan({
        nowMs,
        lengthMs: LENGTH_MS,
        servers: 1,
        seed: 2,
        scenarios: [
          {
            name: "audience-mismatch",
            afterMs: 20_000,
            server: 0,
            parameters: { clients: 8, refusedMs: 40_000, retryMs: RETRY_MS, spelling: "activity" },
          },
        ],
      }),
    }),
  );
}

async function quietTailspin(): Promise<Organisation> {
  const nowMs = Date.now();
  return started(
    await startOrganisation({
      job: "hma-tailspin",
      mode: "central",
      snapshots: healthySnapshots(nowMs),
      config: SOONER,
      iisFlushMs: 1_000,
      plan: drillPlan({
        nowMs,
        lengthMs: LENGTH_MS,
        servers: 2,
        seed: 3,
        scenarios: [
          // This incident is over before the daemon's first start, which reads it.
          {
            name: "stale-keys-crash",
            afterMs: -12 * 60_000,
            server: 1,
            parameters: { clients: 12, refusedMs: 4 * 60_000 },
          },
          { name: "short-burst", afterMs: 15_000, server: 0 },
          { name: "recycle-without-drift", afterMs: 25_000, server: 0 },
          { name: "few-refusals", afterMs: 35_000, server: 0, parameters: { refusedMs: 60_000 } },
          {
            name: "two-clients-only",
            afterMs: 15_000,
            server: 1,
            parameters: { refusedMs: 60_000, retryMs: RETRY_MS },
          },
          { name: "outlook-storm", afterMs: 30_000, server: 1, parameters: { clients: 20 } },
        ],
      }),
    }),
  );
}

function started(organisation: Organisation): Organisation {
  running.push(organisation);
  return organisation;
}

async function contosoDrama(contoso: Organisation, fullRowsOf: (what: string) => Promise<true>): Promise<void> {
  await fullRowsOf("tickets hma-contoso firing HmaExposed -");
  await fullRowsOf("pager hma-contoso firing HmaBearerLoopIncident EX01");
  await contoso.kill();
  await contoso.restart();
  await waitFor("the incident after the restart", async () =>
    (await contoso.findings())?.incidents.some(({ end, server }) => end === null && server === "EX01") === true
      ? true
      : null,
  );
  await fullRowsOf("pager hma-contoso resolved HmaBearerLoopIncident EX01");
}

async function fabrikamDrama(fabrikam: Organisation, fullRowsOf: (what: string) => Promise<true>): Promise<void> {
  await fullRowsOf("pager hma-fabrikam firing HmaBearerLoopIncident EX01");
  await fullRowsOf("pager hma-fabrikam resolved HmaBearerLoopIncident EX01");
  await fabrikam.kill();
  await fullRowsOf("tickets hma-fabrikam firing HmaExporterDown EX01");
  await fullRowsOf("pager hma-fabrikam firing HmaExportersAllDown -");
}

/** Each notification on one line: receiver, organisation, alert and server, in the order of arrival. */
function messagesOf(receiver: Receiver): string[] {
  return receiver
    .received()
    .flatMap((one) =>
      one.kind === "webhook"
        ? one.message.alerts.map(
            ({ status, labels }) =>
              `${one.receiver} ${labels["job"]} ${status} ${labels["alertname"]} ${labels["instance"] ?? "-"}`,
          )
        : [],
    );
}

function pageOf(receiver: Receiver, job: string): { readonly title: string; readonly text: string } {
  const page = receiver
    .received()
    .find(
      (one): one is Extract<Received, { kind: "chat" }> =>
        one.kind === "chat" && one.receiver === "pager" && one.title.includes(job),
    );
  return page ?? { title: "", text: "" };
}
