import type { FollowTarget } from "../follow/follow-options.ts";
import type { DaemonParts } from "./daemon-parts.ts";

/**
 * Names of all servers that are targets, sorted: servers watched now, configured servers, servers in the state, and probed servers. A
 * server whose folder is gone stays a target until the configuration retires it. Names are compared ignoring case; the spelling of the
 * folder is used.
 */
export function knownServers({
  detection: watch,
  options,
  probes,
}: Pick<DaemonParts, "detection" | "options" | "probes">): string[] {
  const { target } = options;
  const names = new Map<string, string>();
  const add = (name: string): void => {
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  };
  for (const name of watch.follower.servers()) add(name);
  if (target.kind === "roots") for (const { server } of target.roots) add(server);
  else {
    const wanted = new Set((target.servers ?? []).map((name) => name.toLowerCase()));
    for (const { name } of watch.engine.servers) if (wanted.size === 0 || wanted.has(name.toLowerCase())) add(name);
    for (const name of target.servers ?? []) add(name);
    for (const name of target.retired ?? []) names.delete(name.toLowerCase());
  }
  // A server that is only probed has a page with the results of the probe.
  for (const { name } of probes.current()?.prober.targets ?? []) add(name);
  return [...names.values()].sort();
}

/** Text for people: no server's logs were found; what was expected, and where. */
export function missingLogs({ detection: watch, options }: Pick<DaemonParts, "detection" | "options">): string {
  const { target } = options;
  if (target.kind === "roots") return "The log folders of this server contain no log file";
  const expected = `expected is a folder for each server in it, such as ${target.folder}/EX01/LogFiles/W3SVC1`;
  const fault = watch.follower.farmFault();
  return fault === null
    ? `The farm folder "${target.folder}" contains no server's logs; ${expected}`
    : `Cannot read the farm folder "${target.folder}": ${fault}; ${expected}`;
}

/** A sentence for people: where logs are expected, and in which folders. */
export function watchedText(target: FollowTarget): string {
  if (target.kind === "farm")
    return (
      `The farm folder "${target.folder}" is watched: it contains a folder for each server, with ` +
      "LogFiles/W3SVC1 and Logging/HttpProxy in it."
    );
  const folders = target.roots.flatMap(({ folders: own }) => own.map(({ path }) => path));
  return `The logs of this server are read from ${folders.join(", ")}.`;
}
