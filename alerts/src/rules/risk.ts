import { command } from "../../../src/catalogue/commands.ts";
import { alert, record, type RuleFileParts } from "../rule.ts";
import { answer, ELSE, END, INSTANCE, JOB, LENGTH, TIME } from "../template.ts";

/**
 * What will hurt users next, and why: keys, AuthAdmin, the auth certificate. Facts of the organisation are one alert per job, however
 * many servers report them.
 */
export function riskRules(): RuleFileParts {
  return {
    name: "hma-risk",
    interval: "30s",
    comment:
      "Risks that can become an outage: keys, AuthAdmin, the auth certificate. A fact about the organisation " +
      "gives one alert per job, even if several servers report it.",
    rules: [
      record({
        record: "job:hma_exposed:max",
        expr: "max by (job) (hma_exposed)",
      }),
      record({
        record: "job:hma_auth_admin_last_run_timestamp_seconds:max",
        expr: "max by (job) (hma_auth_admin_last_run_timestamp_seconds)",
      }),
      record({
        record: "job_slot:hma_auth_certificate_not_after_timestamp_seconds:max",
        expr: "max by (job, slot) (hma_auth_certificate_not_after_timestamp_seconds)",
      }),
      alert({
        alert: "HmaExposed",
        expr: "job:hma_exposed:max == 1",
        for: "10m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "keys",
        board: { name: "fleet", from: { hours: 24 } },
        summary: "The next worker process that starts will refuse Bearer tokens",
        description: String.raw`
      Nobody is refused because of it yet, but every app pool of ${JOB} whose worker is replaced from now on will
      refuse mail clients for up to 30 minutes:
      ${answer('max by (issuer) (hma_signing_keys{job=$job,state="missing"}) > 0')}{{ range $i, $k := sortByLabel
      "issuer" . }}{{ if $i }}, ${END}{{ $k.Value }} signing key(s) of {{ $k.Labels.issuer }}${END}${ELSE}a signing
      key${END} published by Entra ID is missing in
      AD${answer('max(hma_key_change_timestamp_seconds{job=$job,kind="entra_keys_published"})')}, since the roll-over
      of ${TIME}${END}.
      Likely cause: AuthAdmin has not written the new keys to
      AD${answer("time() - job:hma_auth_admin_last_run_timestamp_seconds:max{job=$job}")} (its last run was ${LENGTH}
      ago)${END}${answer('min(hma_config_compliant{job=$job,check="auth_admin_read_session"}) == 0')};
      EnableAuthAdminReadSession is off${END}.
      First action: ${command("refreshKeys")};
      recycle or patch nothing before.
      `,
      }),
      alert({
        comment:
          "Workers of app pools that check Bearer tokens, started since the last roll-over (if its time is unknown: " +
          "recently), whose first Bearer request is still to come, or too recent for the worker to have loaded the " +
          "new keys.",
        alert: "HmaStaleKeysAfterRecycle",
        expr: `
      count by (job, instance) (
        hma_app_pool_worker_start_timestamp_seconds{app_pool=~"MSExchange(Services|Autodiscover|Sync|OAB|OWA|ECP|MapiFrontEnd|RestFrontEnd)AppPool"}
          > on (job) group_left () (
            max by (job) (hma_key_change_timestamp_seconds{kind="entra_keys_published"})
            or on (job) (time() - scalar(hma:worker_heals_seconds:threshold) + 0 * job:hma_exposed:max)
          )
        unless on (job, instance, app_pool)
          time() - hma_app_pool_first_bearer_timestamp_seconds > scalar(hma:worker_heals_seconds:threshold)
      ) and on (job) job:hma_exposed:max == 1
    `,
        for: "1m",
        keepFiringFor: "5m",
        severity: "warning",
        component: "keys",
        board: { name: "server", from: { hours: 3 }, ofServer: true },
        summary:
          "Worker processes started with signing keys that are out of date and will refuse their first Bearer tokens",
        description: String.raw`
      {{ $value }} app pool(s) of ${INSTANCE} run a worker that started while a published signing key was missing in
      AD; it refuses mail clients from its first Bearer request on, for up to 30 minutes:
      ${answer('time() - (hma_app_pool_worker_start_timestamp_seconds{job=$job,instance=$instance,app_pool=~"MSExchange(Services|Autodiscover|Sync|OAB|OWA|ECP|MapiFrontEnd|RestFrontEnd)AppPool"} > on (job) group_left () max by (job) (hma_key_change_timestamp_seconds{kind="entra_keys_published"}))')}{{
      range $i, $s := sortByLabel "app_pool" . }}{{ if $i }}, ${END}{{ $s.Labels.app_pool }} started {{ $s.Value |
      humanizeDuration }}
      ago${END}${ELSE}${answer('time() - (hma_app_pool_worker_start_timestamp_seconds{job=$job,instance=$instance,app_pool=~"MSExchange(Services|Autodiscover|Sync|OAB|OWA|ECP|MapiFrontEnd|RestFrontEnd)AppPool"} > time() - scalar(hma:worker_heals_seconds:threshold))')}{{
      range $i, $s := sortByLabel "app_pool" . }}{{ if $i }}, ${END}{{ $s.Labels.app_pool }} started {{ $s.Value |
      humanizeDuration }}
      ago${END}${END}${END}${answer('max(hma_key_change_timestamp_seconds{job=$job,kind="entra_keys_published"})')};
      Entra ID rolled its keys at ${TIME}${END}.
      Likely cause: a recycle, crash, patch or reboot of ${INSTANCE} while the organisation was exposed.
      First action: keep ${INSTANCE} out of the load balancer, run
      ${command("refreshKeys")},
      recycle these app pools, and only then let clients in.
      `,
      }),
      alert({
        comment:
          "A key collector that has never succeeded may only lack its configuration; HmaCollectorFailing reports that.",
        alert: "HmaMetadataUnreachable",
        expr: `
      count by (job, instance) (
        hma_metadata_fetch_success == 0
        or
        hma_collector_success{collector="keys"} == 0
          and on (job, instance, collector) hma_collector_last_success_timestamp_seconds{collector="keys"} > 0
      ) > 0
    `,
        for: "1h",
        keepFiringFor: "30m",
        severity: "warning",
        component: "keys",
        board: { name: "exporter", from: { hours: 24 }, ofServer: true },
        summary: "The signing keys that Entra ID publishes cannot be fetched",
        description: String.raw`
      ${INSTANCE} cannot fetch ${answer("hma_metadata_fetch_success{job=$job,instance=$instance} == 0")}{{ range $i,
      $d := sortByLabel "document" . }}{{ if $i }} and ${END}{{ $d.Labels.document }}${END}${ELSE}the published
      keys${END} from Entra
      ID${answer('max(hma_metadata_fetch_last_success_timestamp_seconds{job=$job,instance=$instance} or hma_collector_last_success_timestamp_seconds{job=$job,instance=$instance,collector="keys"})')};
      the last success was at ${TIME}${END}. Key roll-overs are not noticed, and if Exchange cannot reach Entra ID
      either, its workers cannot heal themselves.
      Likely cause: proxy, firewall, DNS or TLS inspection between this machine and login.microsoftonline.com or
      login.windows.net.
      First action: fetch the AuthMetadataUrl from ${INSTANCE} and from an Exchange server, with the proxy that
      Exchange uses (InternetWebProxy).
      `,
      }),
      alert({
        alert: "HmaAuthAdminNotRunning",
        expr: "time() - job:hma_auth_admin_last_run_timestamp_seconds:max > scalar(hma:auth_admin_age_seconds:threshold)",
        for: "15m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "keys",
        board: { name: "compliance", from: { hours: 48 } },
        summary: "AuthAdmin, which writes new signing keys to AD, has not run for longer than a day",
        description: String.raw`
      The AuthAdmin servicelet of ${JOB} last ran {{ $value | humanizeDuration }} ago, at
      ${answer("job:hma_auth_admin_last_run_timestamp_seconds:max{job=$job}")}${TIME}${END}; it should run every 12
      hours. New keys of Entra ID do not reach AD, so the organisation will be exposed at the next roll-over, and a
      staged auth certificate is not published.
      Likely cause:
      ${answer('min(hma_config_compliant{job=$job,check="auth_admin_read_session"}) == 0')}EnableAuthAdminReadSession
      is off, so it cannot start where servers are in a child domain${ELSE}MSExchangeServiceHost is stopped or stuck
      on the server that hosts the arbitration mailbox${END}.
      First action: ${command("runAuthAdmin")} on the server that hosts the active copy of the arbitration
      mailbox, then look for event 2015 of MSExchange AuthAdmin.
      `,
      }),
      alert({
        alert: "HmaAuthCertificateExpiryImminent",
        expr: `
      max by (job) (job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{slot="current"} - time())
        < scalar(hma:auth_certificate_imminent_seconds:threshold)
    `,
        for: "15m",
        keepFiringFor: "30m",
        severity: "critical",
        component: "certificate",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "The Exchange auth certificate has expired or will within three days",
        description: String.raw`
      The current auth certificate of ${JOB} {{ if lt $value 0.0 }}expired
      ${answer('time() - job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="current"}')}${LENGTH}${END}
      ago${ELSE}expires in {{ $value | humanizeDuration }}${END}, at
      ${answer('job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="current"}')}${TIME}${END}.
      From then on OWA and ECP answer with errors or loop, and hybrid features between the servers and Exchange Online
      fail, on every server.
      Likely cause:
      ${answer('job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="next"} > time()')}a next
      certificate is staged, but has not been published${ELSE}no next certificate was staged${END}.
      First action: replace it now, with today's date, as the runbook shows; a next one that is staged:
      ${command("publishCertificate")}.
      `,
      }),
      alert({
        alert: "HmaAuthCertificateExpiring",
        expr: `
      max by (job) (job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{slot="current"} - time())
        < scalar(hma:auth_certificate_expiring_seconds:threshold)
    `,
        for: "1h",
        keepFiringFor: "1h",
        severity: "warning",
        component: "certificate",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "The Exchange auth certificate expires within two weeks",
        description: String.raw`
      The current auth certificate of ${JOB} {{ if lt $value 0.0 }}has expired${ELSE}expires in {{ $value |
      humanizeDuration }}${END}, at
      ${answer('job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="current"}')}${TIME}${END}.
      Then OWA, ECP and the hybrid features fail for everybody.
      Likely cause:
      ${answer('job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="next"} > time()')}the
      next certificate is staged (valid until ${TIME}) but its effective date has not come, or AuthAdmin did not
      publish it${ELSE}no next certificate was staged${END}.
      First action: (Get-AuthConfig).NextCertificateEffectiveDate must lie before the expiry; otherwise stage a new
      certificate with at least 48 hours of lead.
      `,
      }),
      alert({
        alert: "HmaAuthCertificateNextNotStaged",
        expr: `
      max by (job) (
        job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{slot="current"} - time() < scalar(hma:auth_certificate_staging_seconds:threshold)
      )
        unless on (job) job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{slot="next"} - time() > scalar(hma:auth_certificate_next_seconds:threshold)
    `,
        for: "1h",
        keepFiringFor: "1h",
        severity: "warning",
        component: "certificate",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "The Exchange auth certificate nears its end and no successor is staged",
        description: String.raw`
      The current auth certificate of ${JOB} has {{ $value | humanizeDuration }} left, and
      ${answer('job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{job=$job,slot="next"}')}the staged one
      ends soon as well, at ${TIME}${ELSE}no next one is staged${END}. Nobody is hit yet; at the expiry OWA, ECP and
      the hybrid features fail for everybody.
      Likely cause: nobody renews it, because Exchange does not do so by itself.
      First action: ${command("importAuthCertificate")}
      stages one, and the runbook shows how by hand.
      `,
      }),
      alert({
        comment:
          "The check has severity critical for a server without the certificate or its key, and severity warning for a short validity.",
        alert: "HmaAuthCertificateMissing",
        expr: `
      count by (job) (
        min by (job, object) (hma_config_compliant{check="auth_certificate",severity="critical",object!="organisation"}) == 0
      )
        unless on (job) job_slot:hma_auth_certificate_not_after_timestamp_seconds:max{slot="current"} < time()
    `,
        for: "30m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "certificate",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "Exchange servers lack the auth certificate or its private key",
        description: String.raw`
      {{ $value }} server(s) of ${JOB} lack the current auth certificate or its private key:
      ${answer('min by (object) (hma_config_compliant{job=$job,check="auth_certificate",severity="critical",object!="organisation"}) == 0')}{{
      range $i, $s := sortByLabel "object" . }}{{ if $i }}, ${END}{{ $s.Labels.object }}${END}${END}. OWA, ECP and
      hybrid features fail when a request lands there; users' Bearer tokens do not depend on it.
      Likely cause: a server that was added or rebuilt after the certificate was made, or a certificate that did not
      replicate.
      First action: import it there, and do not renew it for the organisation:
      ${command("importAuthCertificate")}
      imports it, and the runbook shows how by hand.
      `,
      }),
      alert({
        alert: "HmaKeyChange",
        expr:
          "count by (job, kind) (time() - max by (job, kind) (hma_key_change_timestamp_seconds) < " +
          "scalar(hma:key_change_recent_seconds:threshold))",
        severity: "info",
        component: "keys",
        board: { name: "fleet", from: { hours: 3 } },
        summary: "Signing keys or the auth certificate changed within the last hour",
        description: String.raw`
      {{ $labels.kind }} in ${JOB} at
      ${answer("max(hma_key_change_timestamp_seconds{job=$job,kind=$kind})")}${TIME}${END}. This alone breaks nothing. After entra_keys_published, ad_keys_updated should follow within 12 hours; if it does not, HmaExposed
      says so.
      `,
      }),
    ],
  };
}
