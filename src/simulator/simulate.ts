import { FIRST_SCENARIO_GROUP } from "./clients/client.ts";
import { type SimulatedServer, type ServerTraits, simulatedServer } from "./farm-server.ts";
import type { SimulatedLine } from "./lines/log-book.ts";
import { droppedConnections, freeBusy, probes, windows } from "./machinery.ts";
import { people } from "./clients/people.ts";
import type { PlannedScenario, SimulationPlan } from "./plan.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { type SimulatedSnapshot, organisationSnapshots } from "./organisation/snapshots.ts";
import { type SimulatedTruth, createTruthKeeper } from "./truth/truth-keeper.ts";
import type { OrganisationChange } from "./organisation/simulated-organisation.ts";
import { type World, type WorldSettings, createWorld } from "./world.ts";

/** A running simulation. Lines are created as they are read, and the truth covers the lines read so far. */
export interface Simulation {
  readonly lines: Iterable<SimulatedLine>;
  /** In order of time, created as they are read. Can be read only once. */
  readonly snapshots: Iterable<SimulatedSnapshot>;
  readonly truth: () => SimulatedTruth;
  /** All changes of the organisation. */
  readonly changes: readonly OrganisationChange[];
  /** Number of actors and rows in memory; memory use grows with it. */
  readonly held: () => number;
}

/** Minimum number of client groups reserved for each scenario. */
const GROUPS_PER_SCENARIO = 8;

/**
 * Starts a simulation. `onRecycle` is called for each recycle when its line is created. Memory use grows with the
 * number of servers and clients, not with time.
 */
export function startSimulation(plan: SimulationPlan, onRecycle?: WorldSettings["onRecycle"]): Simulation {
  const keeper = createTruthKeeper();
  const servers = serversOf(plan);
  const endMs = plan.startMs + plan.durationMs;
  const { world, lines, changes, held } = createWorld(
    { seed: plan.seed, servers, startMs: plan.startMs, endMs, ...(onRecycle === undefined ? {} : { onRecycle }) },
    keeper,
  );
  for (const server of servers) {
    world.start(
      people(world, server, { clients: plan.clients, actionsPerSecond: plan.requestsPerSecond, rhythm: plan.rhythm }),
    );
    world.start(probes(world, server, (plan.requestsPerSecond * plan.noiseShare) / (1 - plan.noiseShare)));
    world.start(freeBusy(world, server));
    world.start(droppedConnections(world, server));
    world.start(windows(world, server));
  }
  for (const [index, planned] of plan.scenarios.entries()) stage(world, planned, index);
  const about = {
    seed: plan.seed,
    servers: servers.map(({ name }) => name),
    scenarios: plan.scenarios.map(({ name }) => name),
  };
  const snapshots =
    plan.snapshots === null
      ? []
      : organisationSnapshots({ servers, startMs: plan.startMs, endMs, everyMs: plan.snapshots.everyMs, changes });
  return { lines: lines(), snapshots, truth: () => keeper.tell(about), changes, held };
}

/** The lines of a farm in order of time. */
export function simulate(plan: SimulationPlan): Iterable<SimulatedLine> {
  return startSimulation(plan).lines;
}

/** What really happens in a farm. Runs the whole simulation. */
export function truth(plan: SimulationPlan): SimulatedTruth {
  const simulation = startSimulation(plan);
  for (const _line of simulation.lines) continue;
  return simulation.truth();
}

/** Names of the plan's servers: EX01, EX02 and so on. */
export function serverNamesOf(plan: SimulationPlan): readonly string[] {
  return serversOf(plan).map(({ name }) => name);
}

function serversOf(plan: SimulationPlan): readonly [SimulatedServer, ...SimulatedServer[]] {
  const [first, ...others] = Array.from({ length: plan.servers }, (_, index) =>
    simulatedServer(index, logsOf(plan, index)),
  );
  if (first === undefined) throw new RangeError(`Cannot simulate a farm: it has ${plan.servers} servers`);
  return [first, ...others];
}

/** The logs of a server: those that its scenarios need. */
function logsOf(plan: SimulationPlan, index: number): ServerTraits["logs"] {
  const wanted = plan.scenarios.filter(({ server }) => server === index).map(({ name }) => SCENARIOS[name].logs);
  return wanted.find((logs) => logs !== "all") ?? "all";
}

function stage(world: World, planned: PlannedScenario, index: number): void {
  const scenario = SCENARIOS[planned.name];
  const parameters = planned.parameters ?? {};
  const atMs = world.startMs + planned.afterMs;
  scenario.stage({
    world,
    scenario: planned.name,
    server: world.servers[planned.server] ?? world.servers[0],
    atMs,
    untilMs: atMs + scenario.lengthMs(parameters),
    group: FIRST_SCENARIO_GROUP + index * Math.max(GROUPS_PER_SCENARIO, world.servers.length),
    parameters,
    random: world.random(`scenario ${index} ${planned.name}`),
  });
}
