import { command } from "../../../src/catalogue/commands.ts";
import { alert, record, type RuleFileParts } from "../rule.ts";
import { answer, ELSE, END, JOB, LENGTH } from "../template.ts";

/**
 * How the organisation is set up. A fault here is no outage yet: tickets, one per check, however many servers report it. Checks that have
 * an alert of their own in hma-risk.rules.yml are left out of HmaCriticalCheckFailing.
 */
export function complianceRules(): RuleFileParts {
  return {
    name: "hma-compliance",
    interval: "1m",
    comment:
      "The configuration of the organisation. A failed check is not an outage yet and opens a ticket: one per " +
      "check, even if several servers report it. HmaCriticalCheckFailing excludes the checks that have an alert " +
      "of their own in hma-risk.rules.yml.",
    rules: [
      record({
        record: "job_check_object:hma_config_compliant:min",
        expr: "min by (job, check, severity, object) (hma_config_compliant)",
      }),
      alert({
        alert: "HmaReadSessionOff",
        expr: 'min by (job) (job_check_object:hma_config_compliant:min{check="auth_admin_read_session"}) == 0',
        for: "15m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "configuration",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "EnableAuthAdminReadSession is off, so new signing keys do not reach AD by themselves",
        description: String.raw`
      The organisation configuration of ${JOB} has EnableAuthAdminReadSession off. AuthAdmin can fail to write the
      keys that Entra ID publishes to AD, and cannot start where servers are in a child domain; then every app pool
      that is recycled after a roll-over refuses mail clients for up to 30 minutes, and again at every recycle.
      Evidence: ${answer("job:hma_exposed:max{job=$job}")}{{ if eq (. | first | value) 1.0 }}a published signing key
      is already missing in AD${ELSE}no key is missing today${END}${ELSE}missing keys not
      known${END}${answer("time() - job:hma_auth_admin_last_run_timestamp_seconds:max{job=$job}")}; AuthAdmin last ran
      ${LENGTH} ago${END}.
      First action: ${command("readSessionOn")}, then ${command("runAuthAdmin")}.
      `,
      }),
      alert({
        alert: "HmaCriticalCheckFailing",
        expr: `
      count by (job, check) (
        job_check_object:hma_config_compliant:min{severity="critical",check!~"auth_admin_read_session|key_drift|auth_admin_runs|auth_certificate|next_certificate"} == 0
        or
        job_check_object:hma_config_compliant:min{severity="critical",check="auth_certificate",object="organisation"} == 0
      )
    `,
        for: "15m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "configuration",
        board: { name: "compliance", from: { hours: 24 } },
        summary: "A critical check of the Exchange configuration fails",
        description: String.raw`
      Check {{ $labels.check }} fails in ${JOB} on {{ $value }} object(s):
      ${answer("job_check_object:hma_config_compliant:min{job=$job,check=$check} == 0")}{{ range $i, $s := sortByLabel
      "object" . }}{{ if $i }}, ${END}{{ $s.Labels.object }}${END}${END}. Hybrid Modern Authentication does not work
      there, or will stop working after the next key change.
      Likely cause: a configuration step that was omitted or reverted, often by an update, a new server or the Hybrid
      Configuration Wizard.
      First action: hma-exporter check-exchange prints what was found, what is expected and the command that corrects
      it.
      `,
      }),
    ],
  };
}
