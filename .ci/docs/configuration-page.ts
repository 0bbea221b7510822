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

The file is YAML; \`--config.file\` names it, and without it every key has its default. \`hma-exporter check-config\` prints every fault of a
file at once. Durations are written as Prometheus writes them (\`1h30m\`, \`15s\`). Editors check the file against
[config.schema.json](config.schema.json), for instance by a first line \`# yaml-language-server: $schema=…/config.schema.json\`.

| Key | Default | Allowed | Meaning |
|---|---|---|---|
${entries.map(row).join("\n")}

## Flags

A flag wins over the file.

| Flag | Key |
|---|---|
${Object.entries(FLAG_KEYS)
  .map(([flag, key]) => `| \`--${flag}\` | \`${key}\` |`)
  .join("\n")}

\`--web.listen-address\` may be given several times.

## Reading it again

\`POST /-/reload\` (with a password, or from the machine itself), or the signal SIGHUP where the system has it (\`systemctl reload\`,
\`docker kill --signal HUP\`), reads the file again, and the web configuration with it. With a fault in either nothing changes: the answer and
the log name the faults, and \`hma_exporter_config_last_reload_successful\` is 0. From the machine itself means: from its loopback, by its
loopback address and port, and through no proxy. With \`web.externalUrl\` or \`web.routePrefix\`, or with a header that proxies add, it takes a password.
A relay on the machine that adds nothing and lets clients write the Host that they like cannot be recognised: set a password behind it.

In force at once are ${TAKEN_OVER.map((key) => `\`${key}\``).join(", ")}. Rules for loops and incidents hold for what is still open,
what has been counted stays counted. Every other key waits for the next start, which costs nothing but seconds: the state is kept. The answer and a
warning in the log name the keys that wait.

## Web configuration

\`web.configFile\` (\`--web.config.file\`) names a file in the format of Prometheus' exporter-toolkit: TLS, client certificates, users with
bcrypt hashes, and response headers. \`promtool check web-config\` checks it. It is read again as it changes, certificates included, without
dropping a connection; switching TLS on or off takes a restart.

HTTP/1.1 is spoken, over TLS too: Prometheus, whose \`enable_http2\` is on by default, and every browser agree to it by ALPN.
\`http_server_config.http2\` is accepted for the sake of files that other exporters share; where it says \`true\`, a warning is logged at the start.

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
