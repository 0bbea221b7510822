import { simulatedClient } from "../clients/client.ts";
import type { Staging } from "../scenario.ts";
import type { Actor } from "../world.ts";
import { refusedMsOf } from "./stale-keys.ts";

/** A client that keeps trying to sign in with a wrong password. */
export function* failingSignIns(
  staging: Staging,
  index: number,
  how: { readonly signIn: "ntlm" | "basic"; readonly retryMs: readonly [number, number] },
): Actor {
  const { world, server, group, parameters } = staging;
  const { signIn } = how;
  const random = world.random(`failing ${group} ${index}`);
  const client = simulatedClient(signIn === "ntlm" ? "outlook_ntlm" : "basic_phone", group, index);
  const common = { server, target: server, client, protocol: signIn === "ntlm" ? "mapi" : "eas", signIn } as const;
  const endMs = staging.atMs + refusedMsOf(parameters);
  for (let atMs = staging.atMs + random.between(0, 30_000); atMs < endMs; atMs += random.between(...how.retryMs)) {
    yield atMs;
    world.send({ ...common, outcome: { kind: "anonymous" }, atMs });
    if (signIn === "ntlm") world.send({ ...common, outcome: { kind: "handshake" }, atMs: atMs + 20 });
    world.send({
      ...common,
      outcome: { kind: "logon_failed", win32: signIn === "ntlm" ? 2148074252 : 1326 },
      atMs: atMs + 45,
    });
  }
}
