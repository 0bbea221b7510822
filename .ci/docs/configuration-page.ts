import { configJsonSchema } from "../../src/config/config-json-schema.ts";
import { FLAG_KEYS } from "../../src/config/flags.ts";
import { TAKEN_OVER } from "../../src/config/take-over.ts";

/** One key of the configuration file, for its page. */
interface KeyEntry {
  readonly path: string;
  readonly isSection: boolean;
  readonly fallback: string;
  readonly allowed: string;
  readonly description: string;
}

/** The reference page of the configuration, Markdown. */
export function configurationPage(): string {
  const entries = entriesOf(schemaAt(configJsonSchema(), "properties"), "", true);
  return `# Configuration

This page is generated from the schema of the configuration (\`src/config/config-schema.ts\`).

The file is YAML; set its path with \`--config.file\`. Without a file, every key has its default. \`hma-exporter check-config\` prints all faults of a
file. Durations have Prometheus' format (\`1h30m\`, \`15s\`). Editors can check the file against
[config.schema.json](config.schema.json), for example with the first line \`# yaml-language-server: $schema=…/config.schema.json\`.

| Key | Default | Allowed | Meaning |
|---|---|---|---|
${entries.map(row).join("\n")}

## Flags

A flag takes precedence over the file.

| Flag | Key |
|---|---|
${Object.entries(FLAG_KEYS)
  .map(([flag, key]) => `| \`--${flag}\` | \`${key}\` |`)
  .join("\n")}

\`--web.listen-address\` may be repeated.

## Reading it again

\`POST /-/reload\` (with a password, or from the machine itself) or the signal SIGHUP (\`systemctl reload\`, \`docker kill --signal HUP\`) reloads the
file and the web configuration. If either has a fault, nothing changes: the answer and the log list the faults, and
\`hma_exporter_config_last_reload_successful\` is 0. "From the machine itself" means from its loopback address, to its loopback address and port, and not
through a proxy. With \`web.externalUrl\` or \`web.routePrefix\`, or with a header that proxies add, a password is required. The exporter cannot recognise
a relay on the machine that adds no header and passes on any Host header: set a password behind such a relay.

These keys take effect at once: ${TAKEN_OVER.map((key) => `\`${key}\``).join(", ")}. Changed rules apply to open loops and
incidents; counters do not change. All other keys need a restart, which takes seconds and keeps the state. The answer, and a warning in the log, list the
changed keys that need a restart.

## Web configuration

\`web.configFile\` (\`--web.config.file\`) names a file in the format of Prometheus' exporter-toolkit, with TLS, client certificates, users with
bcrypt hashes, and response headers. \`promtool check web-config\` checks it. When the file or a certificate changes, the exporter reads it again without
dropping connections. Switching TLS on or off needs a restart.

The server supports HTTP/1.1 only, also over TLS. Prometheus (with its default \`enable_http2\`) and browsers negotiate it by ALPN.
\`http_server_config.http2\` is accepted so that exporters can share a file; if it is \`true\`, the exporter logs a warning at the start.

\`\`\`yaml
tls_server_config:
  cert_file: server.pem            # relative to this file
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: prometheus-ca.pem
basic_auth_users:
  prometheus: $2y$10$…             # htpasswd -nBC 10 "" | tr -d ':\\n'
http_server_config:
  headers:
    Strict-Transport-Security: max-age=31536000
\`\`\`
`;
}

function entriesOf(properties: unknown, prefix: string, isRoot = false): readonly KeyEntry[] {
  return keysOf(properties).flatMap((key) => {
    const schema = schemaAt(properties, key);
    const children = schemaAt(schema, "properties");
    const path = `${prefix}${key}`;
    const own: KeyEntry = {
      path,
      isSection: children !== undefined,
      fallback: fallbackOf(schema),
      allowed: allowedOf(schema),
      description: textAt(schema, "description"),
    };
    return [own, ...(children === undefined || !isRoot ? [] : entriesOf(children, `${path}.`))];
  });
}

function row({ path, isSection, fallback, allowed, description }: KeyEntry): string {
  if (isSection) return `| **\`${path}\`** | | | ${description} |`;
  return `| \`${path}\` | ${fallback} | ${allowed} | ${description} |`;
}

function fallbackOf(schema: unknown): string {
  const value = schemaAt(schema, "default");
  return value === null || value === undefined
    ? ""
    : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function allowedOf(schema: unknown): string {
  const own = textAt(schema, "allowed");
  const [first] = Object.values(schemaAt(schema, "anyOf") ?? {});
  return (own === "" ? textAt(first, "allowed") : own).replaceAll("|", "\\|");
}

function textAt(value: unknown, name: string): string {
  const text = schemaAt(value, name);
  return typeof text === "string" ? text : "";
}

function schemaAt(value: unknown, name: string): object | string | number | boolean | null | undefined {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
