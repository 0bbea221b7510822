import type { Check } from "../../src/checks/check.ts";
import type { ExchangeBuilds } from "../../src/model/snapshot/exchange-build.ts";
import { formatExchangeBuild } from "../../src/model/snapshot/exchange-build.ts";

/** `docs/checks.md`, whole. A test holds the file equal to it. */
export function checksPage(checks: readonly Check[], builds: ExchangeBuilds): string {
  return [HEAD, ...overview(checks), "", ...checks.flatMap(section), ...buildTable(builds), "", BY_HAND, ""].join("\n");
}

const HEAD = `# Compliance checks

<!-- Made from src/checks by the test test/docs/checks-page.test.ts. Write it again with UPDATE_DOCS=1. -->

\`hma-exporter check-exchange\` judges a snapshot of the Exchange organisation by these checks; the daemon does the same at every
collection. A verdict is *pass*, *fail* (with what was found and what is wanted) or *unknown* (with the reason): what could not be seen is
never called compliant.

| metric | meaning |
|---|---|
| \`hma_config_compliant{check,severity,object}\` | 1 passes, 0 fails, absent when it could not be told |
| \`hma_config_check_success{check}\` | 0 when the check could not be told of one of its objects |

\`object\` is \`organisation\`, a server, an AuthServer or a virtual directory. \`check-exchange\` ends with exit code 1 when a critical
check fails. Two checks need Microsoft Graph, which is not asked: they are unknown, and say what to compare. Beside Exchange the daemon asks its own server
alone, and judges the checks per server of that one.

Where a [probe](probe.md) is configured, the daemon takes its answers as proof from outside for the checks modern_auth_enabled (with an identity), evosts_present,
default_authorization_endpoint, evosts_domain (with an identity), oauth_on_virtual_directories, uniform_virtual_directories, service_principal_names (by the token probe)
and clock. A proof decides what the snapshot leaves unknown. Beside a verdict of the snapshot the graver of both holds; *found* then begins with "by the probe". Without a
snapshot these checks alone are judged.

Remedies are PowerShell to paste in order, in the Exchange Management Shell where they name Exchange's cmdlets; what is to be known or done by hand
stands among them as comments. Words in angle brackets are to be filled in; \`check-exchange\` and the status page fill in the object that failed.
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

const BY_HAND = `## A snapshot by hand

\`hma-exporter collect\` writes snapshots. One can also be written by hand, or made from files of \`Export-Clixml\`: it is JSON with the
cmdlets' own property names, and everything may be left out. What is left out is not known; \`null\` is not known either, except for a text,
where it is blank; \`[]\` is known to be none. A list of one may stand without its brackets, flags may be \`"True"\`, times ISO 8601 or \`/Date(…)/\`.

\`\`\`json
${SAMPLE_SNAPSHOT}
\`\`\`

\`\`\`powershell
@{ snapshotVersion = 1; at = (Get-Date).ToUniversalTime().ToString('s') + 'Z'; organizationConfig = Import-Clixml .\\GetOrganizationConfig.xml } |
  ConvertTo-Json -Depth 4 | Set-Content snapshot.json
hma-exporter check-exchange --snapshot snapshot.json
\`\`\`

\`scope\` is \`server\` where the parts per server hold the server that collected alone; else all servers were asked. An \`errors\` row has \`part\`,
\`text\` and the \`servers\` that it holds for; the part \`servers\` names those that did not answer.

The parts are \`organizationConfig\`, \`authConfig\`, \`authServers\`, \`exchangeServers\`, \`authenticationPolicies\`, \`partnerApplications\`, \`settingOverrides\`,
\`hybridConfiguration\`, \`hybridAgents\`, \`virtualDirectories\` (\`mapi\`, \`webServices\`, \`oab\`, \`autodiscover\`, \`activeSync\`, \`owa\`, \`ecp\`),
\`clientAccessServices\`, \`certificates\`, \`componentStates\`, \`appPools\`, \`iisLogs\`, \`clock\`, \`outbound\`, \`authAdmin\`, \`activeDirectory\`, \`keys\` and
\`errors\`; the parts per server are lists whose rows name their \`Server\`.`;

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
