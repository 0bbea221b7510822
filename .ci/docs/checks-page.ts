import type { Check } from "../../src/checks/check.ts";
import type { ExchangeBuilds } from "../../src/model/snapshot/exchange-build.ts";
import { formatExchangeBuild } from "../../src/model/snapshot/exchange-build.ts";

/** `docs/checks.md`, whole. A test holds the file equal to it. */
export function checksPage(checks: readonly Check[], builds: ExchangeBuilds): string {
  return [HEAD, ...overview(checks), "", ...checks.flatMap(section), ...buildTable(builds), "", BY_HAND, ""].join("\n");
}

const HEAD = `# Compliance checks

<!-- Made from src/checks by the test test/docs/checks-page.test.ts. Write it again with UPDATE_DOCS=1. -->

\`hma-exporter check-exchange\` applies these checks to a snapshot of the Exchange organisation; the daemon applies them to every snapshot. A
verdict is *pass*, *fail* (with what was found and what is expected) or *unknown* (with the reason). An object that could not be read is never
compliant.

| metric | meaning |
|---|---|
| \`hma_config_compliant{check,severity,object}\` | 1: pass, 0: fail, absent: unknown |
| \`hma_config_check_success{check}\` | 0 if the check is unknown for one of its objects |

\`object\` is \`organisation\`, a server, an AuthServer or a virtual directory. \`check-exchange\` ends with exit code 1 if a critical
check fails. Two checks would need Microsoft Graph, which the exporter does not query: they are always unknown, and state what to compare. On an Exchange server, the
daemon reads only its own server, and applies the checks per server only to that one.

If a [probe](probe.md) is configured, the daemon uses its results as proof for the checks modern_auth_enabled (with an identity), evosts_present,
default_authorization_endpoint, evosts_domain (with an identity), oauth_on_virtual_directories, uniform_virtual_directories, service_principal_names (by the token probe)
and clock. A proof decides a check that is unknown by the snapshot. If both have a verdict, the worse one is used; *found* then begins with "by the probe". Without a
snapshot, only these checks have verdicts.

Remedies are PowerShell commands to run in order, in the Exchange Management Shell if they contain Exchange cmdlets. Comments among them contain hints and manual
steps. Replace the words in angle brackets; \`check-exchange\` and the status page fill in the object that failed.
`;

/** A snapshot as a person may write it; it stands in the page and is parsed by its test. */
export const SAMPLE_SNAPSHOT = `{
  "snapshotVersion": 1,
  "at": "2026-11-22T08:00:00Z",
  "server": "EX01",
  "organizationConfig": { "EnableAuthAdminReadSession": false, "OAuth2ClientProfileEnabled": true, "MapiHttpEnabled": true },
  "exchangeServers": [{ "Name": "EX01", "Domain": "contoso.com", "AdminDisplayVersion": "Version 15.2 (Build 2562.17)" }],
  "authServers": [{ "Name": "EvoSts - 1", "Type": "AzureAD", "Enabled": true, "IsDefaultAuthorizationEndpoint": true, "DomainName": ["contoso.com"] }],
  "virtualDirectories": { "mapi": [{ "Identity": "EX01\\\\mapi (Default Web Site)", "IISAuthenticationMethods": ["Ntlm", "OAuth"] }] },
  "settingOverrides": []
}`;

const BY_HAND = `## A manually written snapshot

\`hma-exporter collect\` writes snapshots. You can also write one manually, or create it from files of \`Export-Clixml\`. It is JSON with the property
names of the cmdlets; every part is optional. Missing values and \`null\` are unknown, except that \`null\` for a text means blank; \`[]\` means none. A list
with one item may be written without brackets, flags may be \`"True"\`, times are ISO 8601 or \`/Date(…)/\`.

\`\`\`json
${SAMPLE_SNAPSHOT}
\`\`\`

\`\`\`powershell
@{ snapshotVersion = 1; at = (Get-Date).ToUniversalTime().ToString('s') + 'Z'; organizationConfig = Import-Clixml .\\GetOrganizationConfig.xml } |
  ConvertTo-Json -Depth 4 | Set-Content snapshot.json
hma-exporter check-exchange --snapshot snapshot.json
\`\`\`

\`scope\` is \`server\` if the parts per server contain only the collecting server; otherwise all servers were queried. A row of \`errors\` has \`part\`,
\`text\` and the \`servers\` to which it applies; the part \`servers\` lists those that did not answer.

The parts are \`organizationConfig\`, \`authConfig\`, \`authServers\`, \`exchangeServers\`, \`authenticationPolicies\`, \`partnerApplications\`, \`settingOverrides\`,
\`hybridConfiguration\`, \`hybridAgents\`, \`virtualDirectories\` (\`mapi\`, \`webServices\`, \`oab\`, \`autodiscover\`, \`activeSync\`, \`owa\`, \`ecp\`),
\`clientAccessServices\`, \`certificates\`, \`componentStates\`, \`appPools\`, \`iisLogs\`, \`clock\`, \`outbound\`, \`authAdmin\`, \`activeDirectory\`, \`keys\` and
\`errors\`; the parts per server are lists whose rows have a \`Server\`.`;

function overview(checks: readonly Check[]): readonly string[] {
  const rows = checks.map(
    (check, index) => `| ${index + 1} | [${check.id}](#${check.id}) | ${check.severity} | ${cell(check.title)} |`,
  );
  return ["| # | check | severity | what holds |", "|---|---|---|---|", ...rows];
}

function section(check: Check): readonly string[] {
  const severity = check.severityNote === undefined ? check.severity : `${check.severity}; ${check.severityNote}`;
  return [
    `## ${check.id}`,
    "",
    `**${check.title}**`,
    "",
    check.why,
    "",
    `- Severity: ${severity}`,
    "- Remedy:",
    "",
    "```powershell",
    check.remedy,
    "```",
    "",
  ];
}

function buildTable(builds: ExchangeBuilds): readonly string[] {
  const rows = builds.releases.map((release) => `| ${release.name} | ${formatExchangeBuild(release.build)} |`);
  return [
    "## Builds",
    "",
    `Known up to ${builds.asOf}. No check needs the newest line; newer builds are judged by the floors alone.`,
    "",
    `EnableAuthAdminReadSession: ${builds.readSession.exchange2016.name}, ${builds.readSession.exchange2019.name}, every build of SE. ` +
      `AuthServer DomainName: ${builds.authServerDomainName.exchange2016.name}, ${builds.authServerDomainName.exchange2019.name}.`,
    "",
    "| release | build |",
    "|---|---|",
    ...rows,
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
