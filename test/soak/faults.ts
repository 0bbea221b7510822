import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogLine } from "../daemon/live-writer.ts";

/** Servers whose log is a link to a pipe without a writer. */
export const STUCK = ["EX11", "EX12", "EX13", "EX14", "EX15", "EX16"];

/** Creates special files and files without an answer in the folders of logs and snapshots. */
export function addOddFiles(farm: string): void {
  const pipe = join(farm, "..", "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const server of STUCK) {
    mkdirSync(join(farm, server, "LogFiles", "W3SVC1"), { recursive: true });
    symlinkSync(pipe, join(farm, server, "LogFiles", "W3SVC1", "u_ex261123.log"));
  }
  const odd = join(farm, "EX01", "LogFiles", "W3SVC1");
  mkdirSync(odd, { recursive: true });
  mkdirSync(join(odd, "u_ex261101.log"));
  symlinkSync("/dev/zero", join(odd, "u_ex261102.log"));
  symlinkSync(join(odd, "u_ex261103.log"), join(odd, "u_ex261103.log"));
  writeFileSync(join(odd, "u_ex261104.log"), "");
  mkdirSync(Buffer.concat([Buffer.from(`${farm}/EX`), Buffer.from([0xff, 0xfe])]));
  mkdirSync(join(farm, "EX\u001b[31m09"));
  mkdirSync(join(farm, "snapshots"));
  symlinkSync(pipe, join(farm, "snapshots", "stuck.json"));
  writeFileSync(join(farm, "snapshots", "odd.json"), '{"a":');
}

/** A copy of the last front-end IIS row among the lines, 20 minutes ahead; null if there is none. */
export function rowAhead(lines: readonly LogLine[]): LogLine | null {
  const line = lines.findLast(
    ({ server, path, text }) => server === "EX02" && path.includes("W3SVC1") && /^\d{4}-/.test(text),
  );
  if (line === undefined) return null;
  const ahead = new Date(
    Date.parse(`${line.text.slice(0, 10)}T${line.text.slice(11, 19)}Z`) + 20 * 60_000,
  ).toISOString();
  return { ...line, text: `${ahead.slice(0, 10)} ${ahead.slice(11, 19)}${line.text.slice(19)}` };
}

/** Damages the current record of a state folder in one of several ways. False if there is no other record to continue with. */
export function mutateRecord(state: string, way: number): boolean {
  const path = join(state, "state.json");
  if (!existsSync(path) || !existsSync(`${path}.previous`)) return false;
  const bytes = readFileSync(path);
  const mutations = [
    () => truncateSync(path, Math.floor(bytes.length / 2)),
    () => truncateSync(path),
    () => writeFileSync(path, flipped(bytes, Math.floor(bytes.length / 3))),
    () => writeFileSync(path, flipped(bytes, 19)),
    () => writeFileSync(path, withValue(bytes, "engine", "x")),
    () => writeFileSync(path, withValue(bytes, "follow", { version: 1 })),
    () => writeFileSync(path, withValue(bytes, "secret", 7)),
  ];
  mutations[way % mutations.length]?.();
  return true;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** The record with a different value, and a correct checksum. */
function withValue(bytes: Buffer, key: string, value: unknown): string {
  const [first = "", ...rest] = bytes.toString("utf8").split("\n");
  const record: Record<string, unknown> = JSON.parse(rest.join("\n"));
  const body = `${JSON.stringify({ ...record, [key]: value })}\n`;
  const [name, version] = first.split(" ");
  const hash = createHash("sha256").update(`${name} ${version}\n${body}`).digest("hex");
  return `${name} ${version} ${hash}\n${body}`;
}

/** Maximum resident memory of a process so far. */
export function peakMemoryMiB(pid: number): number {
  const [, kiB = "0"] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
  return Math.round(Number(kiB) / 1024);
}
