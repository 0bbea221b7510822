import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Findings } from "../../src/model/finding.ts";
import { PROGRAM } from "../program.ts";

/** All output texts of the exporter, by name. */
export type Outputs = ReadonlyMap<string, string>;

/** Every file below a folder. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** The text of a file in UTF-8, or in UTF-16 with a byte order mark. */
export function textOf(path: string): string {
  const bytes = readFileSync(path);
  return bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
}

/** A daemon's answers on every path, with their headers, requested with an account in the path and the user agent. */
export async function outputsOfDaemon(url: string): Promise<Outputs> {
  const outputs = new Map<string, string>();
  const ask = async (path: string, accept = "*/*"): Promise<Buffer> => {
    const answer = await fetch(url + path, { headers: { accept, "user-agent": "user017@contoso.example" } });
    const body = Buffer.from(await answer.arrayBuffer());
    const text = path.endsWith(".zip") ? "" : body.toString("utf8");
    outputs.set(`${path} ${accept}`, `${JSON.stringify([...answer.headers])}\n${text}`);
    return body;
  };
  const findings: Findings = JSON.parse((await ask("/api/v1/incidents")).toString("utf8"));
  for (const path of [
    "/",
    "/incidents",
    "/config",
    "/api/v1/servers",
    "/sd",
    "/metrics",
    "/-/healthy",
    "/-/ready",
    "/ready/ews?server=EX01",
    "/ready/user017@contoso.example",
    "/incidents/192.0.2.10",
  ])
    await ask(path);
  for (const server of findings.servers)
    for (const accept of ["text/plain", "application/openmetrics-text"])
      await ask(`/metrics/servers/${server}`, accept);
  for (const { id } of findings.incidents) {
    await ask(`/incidents/${id}`);
    const bundle = unzipSync(await ask(`/incidents/${id}/bundle.zip`));
    for (const [name, bytes] of Object.entries(bundle))
      outputs.set(`bundle ${name}`, Buffer.from(bytes).toString("utf8"));
  }
  await fetch(`${url}/-/reload`, { method: "POST" });
  return outputs;
}

/** The reports of `analyze` for a farm, and its history, which is written into `folder`. */
export function outputsOfCommands(farm: string, folder: string): Outputs {
  const outputs = new Map<string, string>();
  const run = (...words: string[]): void => {
    outputs.set(
      words.join(" "),
      execFileSync(process.execPath, [PROGRAM, ...words], {
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  };
  for (const format of ["json", "html"]) run("analyze", farm, "--format", format);
  run("analyze", farm, "--format", "text", "--openmetrics", join(folder, "history.txt"));
  outputs.set("history", textOf(join(folder, "history.txt")));
  return outputs;
}
