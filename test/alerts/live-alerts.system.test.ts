import { describe, expect, test } from "@jest/globals";
import { liveConfig, readAlertmanagerExample } from "./alertmanager-config.ts";
import {
  queryPrometheus,
  startAlertmanager,
  startMetricsServer,
  startPrometheus,
  startReceiver,
  waitFor,
} from "./live-stack.ts";
import type { MetricsPage, Receiver, Running } from "./live-stack.ts";
import { LIVE_VERSIONS } from "./prometheus-versions.ts";
import { readRuleFiles } from "./rule-files.ts";
import { scaleRules } from "./scale-rules.ts";

/** A minute of the rules takes a second here, and so do four minutes of Alertmanager's grouping. */
const FACTOR = 60;
const GROUPING_FACTOR = 240;
const TEST_MS = 240_000;
const POOL = "MSExchangeServicesAppPool";

/** Programs and servers of a test, in the order of their start. */
type Started = { readonly stop: () => Promise<void> }[];

// All tests run concurrently, because they mostly wait for Prometheus.
describe.each(LIVE_VERSIONS)("Prometheus $name and its Alertmanager with these rules $reason", ({ env }) => {
  const story = env === null ? test.skip : test.concurrent;
  story(
    "central mode: nothing in quiet times, a ticket for exposure, one page for an incident of thirty minutes, " +
      "its end, and one ticket for its cost",
    ended(async (running) => {
      const organisation = new Organisation(["EX01", "EX02", "EX03", "EX04"]);
      const { prometheus, receiver } = await start(organisation, "central", { running, env });

      // Twenty minutes without events.
      await evaluations(prometheus, 20);
      expect(sentTo(receiver)).toEqual([]);

      organisation.isExposed = true;
      await waitFor("the ticket for exposure", () => (sentTo(receiver).length > 0 ? true : null));
      expect(sentTo(receiver)).toEqual(["tickets firing HmaExposed organisation"]);

      // A recycle; the incident pauses once.
      organisation.beginIncident("EX02");
      await waitFor("the page", () => (sentTo(receiver).length > 1 ? true : null));
      await evaluations(prometheus, 13);
      organisation.endIncident("EX02");
      await evaluations(prometheus, 4);
      organisation.beginIncident("EX02");
      organisation.isExposed = false;
      await evaluations(prometheus, 13);
      organisation.endIncident("EX02");
      await waitFor("every message", () => (sentTo(receiver).length > 4 ? true : null), 90_000);
      await evaluations(prometheus, 10);

      expect(sentTo(receiver).filter((one) => one.startsWith("pager "))).toEqual([
        "pager firing HmaBearerLoopIncident EX02",
        "pager resolved HmaBearerLoopIncident EX02",
      ]);
      expect(
        sentTo(receiver)
          .filter((one) => one.startsWith("tickets "))
          .sort(),
      ).toEqual([
        "tickets firing HmaBearerErrorBudgetBurnFast organisation",
        "tickets firing HmaExposed organisation",
        "tickets resolved HmaExposed organisation",
      ]);
      expect(endForPeople(receiver)).toMatch(
        /^\[OVER\] .*\nOVER: .*\nWhere: EX02, job hma\nSince: .*, until .*\nIt was: /,
      );
      expect(endForPeople(receiver)).not.toContain("First action");
      expect(pageForPeople(receiver)).toMatch(
        new RegExp(
          [
            /^\[PAGE\] An Exchange server refuses the Bearer tokens of mail clients again and again - EX02 \(hma\)\n/,
            /NOW: An Exchange server refuses the Bearer tokens of mail clients again and again\n/,
            /Where: EX02, job hma\nSince: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/,
            /What: At least 41 clients \(Outlook, mobile\) are refused again and again on EX02 \(MSExchangeServicesAppPool: stale_keys_after_recycle\); the worker is due to heal itself by 2.*\.\n/,
            /Evidence: most tokens are refused as invalid_signature, newest worker of these pools started .* ago, a published signing key is missing in AD\.\n/,
            /First action: stale_keys_after_recycle: .*-RefreshAuthMetadata.*\n/,
            /Incident: http:\/\/exporter\.example:10401\/incidents\/EX02-MSExchangeServicesAppPool-\d{8}T\d{6}Z\n/,
            /Runbook: https:\/\/wiki\.example\/.*\/HmaBearerLoopIncident\.md\n/,
            /Dashboard: http:\/\/grafana\.example:3000\/d\/hma-server\?var-job=hma&var-instance=EX02&from=\d{13}&to=now\n/,
          ]
            .map((part) => part.source)
            .join(""),
        ),
      );
    }),
    TEST_MS,
  );

  story(
    "on Exchange servers: one page for many servers, none for each, and one ticket for an exporter that is down",
    ended(async (running) => {
      const organisation = new Organisation(["EX01", "EX02", "EX03", "EX04", "EX05"]);
      const { prometheus, receiver } = await start(organisation, "beside", { running, env });
      await waitFor("all targets", async () =>
        (await queryPrometheus(prometheus, "count(up == 1)"))[0]?.value === 5 ? true : null,
      );

      organisation.isDown.add("EX05");
      for (const server of ["EX01", "EX02", "EX03"]) organisation.beginIncident(server);
      await waitFor("the page and the ticket", () => (sentTo(receiver).length > 1 ? true : null));
      await evaluations(prometheus, 10);
      for (const server of ["EX01", "EX02", "EX03"]) organisation.endIncident(server);
      organisation.isDown.clear();
      await waitFor(
        "both are resolved",
        () => (sentTo(receiver).filter((one) => one.includes(" resolved ")).length > 1 ? true : null),
        90_000,
      );

      expect(sentTo(receiver).filter((one) => one.startsWith("pager "))).toEqual([
        "pager firing HmaBearerLoopIncidentManyServers organisation",
        "pager resolved HmaBearerLoopIncidentManyServers organisation",
      ]);
      expect(sentTo(receiver).filter((one) => one.includes("HmaExporterDown") || one.includes("HmaLogStale"))).toEqual([
        "tickets firing HmaExporterDown EX05",
        "tickets resolved HmaExporterDown EX05",
      ]);
      // The page is sent with the second server; the third may have been scraped by then.
      expect(pageForPeople(receiver)).toMatch(/(?:EX0[123] \(at least 41 clients\)(?:, )?){2,3}/);
    }),
    TEST_MS,
  );
});

/** A test that stops everything it started, the newest first. */
function ended(story: (running: Started) => Promise<void>): () => Promise<void> {
  return async () => {
    const running: Started = [];
    try {
      await story(running);
    } finally {
      for (const one of running.reverse()) await one.stop();
    }
  };
}

async function start(
  organisation: Organisation,
  mode: "central" | "beside",
  { running, env }: { readonly running: Started; readonly env: NodeJS.ProcessEnv | null },
): Promise<{ prometheus: Running; receiver: Receiver }> {
  const receiver = await startReceiver();
  running.push(receiver);
  const alertmanager = await startAlertmanager({
    config: liveConfig(readAlertmanagerExample(), receiver.url, GROUPING_FACTOR),
    env: env ?? undefined,
  });
  running.push(alertmanager);
  const rules = readRuleFiles().map((file) => scaleRules(file.content, FACTOR));
  const common = { job: "hma", rules, alertmanager: alertmanager.url, env: env ?? undefined };
  if (mode === "central") {
    const server = await startMetricsServer(organisation.centralPages());
    running.push(server);
    const prometheus = await startPrometheus({
      ...common,
      targets: { [server.address]: "monitor" },
      sdUrl: `http://${server.address}/sd`,
    });
    running.push(prometheus);
    return { prometheus, receiver };
  }
  const targets: Record<string, string> = {};
  for (const [name, page] of Object.entries(organisation.ownPages())) {
    const server = await startMetricsServer({ "/metrics": page });
    running.push(server);
    targets[server.address] = name;
  }
  const prometheus = await startPrometheus({ ...common, targets });
  running.push(prometheus);
  return { prometheus, receiver };
}

/** Waits until every rule group was evaluated `count` more times. */
async function evaluations(prometheus: Running, count: number): Promise<void> {
  const least = async (): Promise<number> => {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text();
    return Math.min(
      ...[...text.matchAll(/^prometheus_rule_group_iterations_total\{.*\} (\d+)$/gm)].map((match) => Number(match[1])),
    );
  };
  const before = await least();
  await waitFor(
    `${count} evaluations`,
    async () => ((await least()) >= before + count ? true : null),
    5_000 + count * 3_000,
  );
}

/** Each notification on one line: receiver, alert and server, in the order of arrival. */
function sentTo(receiver: Receiver): string[] {
  return receiver.received().flatMap((one) =>
    one.kind === "webhook"
      ? [
          `${one.receiver} ${one.message.status} ${one.message.alerts
            .map(({ labels }) => `${labels["alertname"]} ${labels["instance"] ?? "organisation"}`)
            .sort()
            .join(", ")}`,
        ]
      : [],
  );
}

function endForPeople(receiver: Receiver): string {
  const end = receiver
    .received()
    .find((one) => one.kind === "chat" && one.receiver === "pager" && one.title.startsWith("[OVER]"));
  return end?.kind === "chat" ? `${end.title}\n${end.text}\n` : "";
}

function pageForPeople(receiver: Receiver): string {
  const page = receiver.received().find((one) => one.kind === "chat" && one.receiver === "pager");
  return page?.kind === "chat" ? `${page.title}\n${page.text}\n` : "";
}

/** Metrics pages of an organisation's exporters during an incident. Times are real, shortened by `FACTOR`. */
class Organisation {
  isExposed = false;
  readonly isDown = new Set<string>();
  private readonly beganMs = Date.now();
  private readonly incidents = new Map<string, number>();
  private readonly workers = new Map<string, number>();
  private readonly rejected = new Map<string, number>();
  private rolledMs: number | null = null;
  private readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
  }

  beginIncident(server: string): void {
    this.incidents.set(server, Date.now());
    if (!this.workers.has(server)) this.workers.set(server, Date.now() - 500);
  }

  endIncident(server: string): void {
    this.incidents.delete(server);
  }

  centralPages(): Record<string, MetricsPage> {
    const pages: Record<string, MetricsPage> = {
      "/metrics": () => [...this.organisationLines(), ...this.exporterLines()].join(""),
    };
    for (const name of this.names) pages[`/metrics/servers/${name}`] = () => this.serverLines(name).join("");
    return pages;
  }

  ownPages(): Record<string, MetricsPage> {
    return Object.fromEntries(
      this.names.map((name) => [
        name,
        () =>
          this.isDown.has(name)
            ? null
            : [...this.serverLines(name), ...this.organisationLines(), ...this.exporterLines()].join(""),
      ]),
    );
  }

  private serverLines(server: string): string[] {
    const now = Date.now() / 1000;
    const startMs = this.incidents.get(server);
    const isOpen = startMs !== undefined;
    const rejected = (this.rejected.get(server) ?? 0) + (isOpen ? 300 : 0);
    this.rejected.set(server, rejected);
    const pool = `app_pool="${POOL}"`;
    const request = (result: string, value: number): string =>
      `hma_requests_total{protocol="ews",scheme="bearer",result="${result}"} ${value}\n`;
    return [
      request("success", Math.round((Date.now() - this.beganMs) * 0.3)),
      request("rejected", rejected),
      `hma_bearer_rejections_total{${pool},category="invalid_signature"} ${rejected}\n`,
      `hma_bearer_loops_open{${pool}} ${isOpen ? 41 : 0}\n`,
      `hma_incident_open{${pool},cause="stale_keys_after_recycle"} ${isOpen ? 1 : 0}\n`,
      `hma_incident_clients{${pool}} ${isOpen ? 41 : 0}\n`,
      `hma_app_pool_worker_start_timestamp_seconds{${pool}} ${(this.workers.get(server) ?? this.beganMs - 1e7) / 1000}\n`,
      ...(isOpen
        ? [
            `hma_incident_start_timestamp_seconds{${pool}} ${startMs / 1000}\n`,
            `hma_incident_expected_end_timestamp_seconds{${pool}} ${startMs / 1000 + 30}\n`,
          ]
        : []),
      ...["iis", "http_proxy", "ews"].map(
        (format) =>
          `hma_log_last_event_timestamp_seconds{format="${format}"} ${now}\nhma_log_files{format="${format}"} 1\n`,
      ),
      `hma_log_bytes_read_total{format="iis"} ${Math.round(now)}\n`,
    ];
  }

  private organisationLines(): string[] {
    const now = Date.now() / 1000;
    if (this.isExposed) this.rolledMs ??= Date.now();
    return [
      `hma_exposed ${this.isExposed ? 1 : 0}\n`,
      `hma_signing_keys{issuer="evosts",state="missing"} ${this.isExposed ? 1 : 0}\n`,
      ...(this.rolledMs === null
        ? []
        : [`hma_key_change_timestamp_seconds{kind="entra_keys_published"} ${this.rolledMs / 1000}\n`]),
      `hma_auth_certificate_not_after_timestamp_seconds{slot="current"} ${now + 4e7}\n`,
      `hma_auth_admin_last_run_timestamp_seconds ${now - 100}\n`,
      'hma_config_compliant{check="auth_admin_read_session",severity="warning",object="organisation"} 1\n',
    ];
  }

  private exporterLines(): string[] {
    return [
      "hma_exporter_caught_up 1\n",
      "hma_log_unaccounted_bytes 0\n",
      "hma_exporter_config_last_reload_successful 1\n",
      "hma_exporter_checkpoint_success 1\n",
      `hma_exporter_checkpoint_last_success_timestamp_seconds ${Date.now() / 1000}\n`,
      'hma_collector_success{collector="snapshot"} 1\n',
      'hma_metadata_fetch_success{document="openid_keys"} 1\n',
    ];
  }
}
