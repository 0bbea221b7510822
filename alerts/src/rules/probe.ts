import { command } from "../../../src/catalogue/commands.ts";
import { alert, type RuleFileParts } from "../rule.ts";
import { INSTANCE } from "../template.ts";

/** Faults that the probe finds before a client does. */
export function probeRules(): RuleFileParts {
  const board = { name: "server", from: { hours: 3 }, ofServer: true } as const;
  return {
    name: "hma-probe",
    interval: "30s",
    comment:
      "Faults that the probe finds before a client does. Without a probe, these rules have no series and never fire.",
    rules: [
      alert({
        comment: "A drained server may refuse tokens: it has no clients, and the load-balancer gate keeps them away.",
        alert: "HmaWorkerRefusesCurrentKeys",
        expr: `
      count by (job, instance) (hma_probe_verdict{verdict="refused_keys"} == 1)
        and on (job, instance) sum by (job, instance) (rate(hma_requests_total{result!="handshake"}[4m55s])) > 0
    `,
        for: "1m",
        keepFiringFor: "5m",
        severity: "critical",
        component: "bearer",
        board,
        summary: "A server that takes traffic refuses tokens signed with today's keys",
        description: String.raw`
      The probe's token was refused for its signature by {{ $value }} app pool(s) of ${INSTANCE}, which serves clients:
      the clients' tokens are refused too, even if no log shows it yet.
      Likely cause: its worker started, or the keys rolled, before the new key was in AD.
      First action: ${command("refreshKeys")}, then recycle the app pool; drain the server meanwhile.
      `,
      }),
      alert({
        alert: "HmaBearerNotOffered",
        expr: 'count by (job, instance) (hma_probe_verdict{verdict="not_offered"} == 1)',
        for: "15m",
        keepFiringFor: "10m",
        severity: "warning",
        component: "configuration",
        board,
        summary: "A server does not offer modern authentication",
        description: String.raw`
      {{ $value }} virtual directories of ${INSTANCE} name no token authority to clients: Outlook asks for a password there, or
      cannot sign in.
      Likely cause: OAuth is off on the virtual directory, modern authentication is off, or there is not exactly one
      default authorization endpoint.
      First action: hma-exporter probe ${INSTANCE} shows which and why; hma-exporter check-exchange shows what to change.
      `,
      }),
      alert({
        alert: "HmaProbeFailing",
        expr: 'count by (job, instance) (hma_probe_verdict{verdict=~"unknown|tls|unreachable|no_token|challenged|refused_early"} == 1)',
        for: "30m",
        keepFiringFor: "10m",
        severity: "warning",
        component: "exporter",
        board,
        summary: "The probe of a server has no result",
        description: String.raw`
      For {{ $value }} protocol(s) of ${INSTANCE} the probe has had no result about Bearer sign-in for half an hour: a
      worker that refuses keys would only be noticed when its clients are refused.
      Likely cause: the address or certificate of the server, the application's secret, or a host name for which the
      token was not issued.
      First action: hma-exporter probe ${INSTANCE} shows the reason.
      `,
      }),
    ],
  };
}
