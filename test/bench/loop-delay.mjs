/**
 * Preloaded into a measured daemon (`node --import`). Between two SIGUSR2 it measures every 5 ms how long the event loop was busy, and then
 * writes one line to stderr: the longest stretch in wall time and in processor time of the thread, ms. The latter does not grow when
 * other programs take the core.
 */
const EVERY_MS = 5;
let watching = null;

process.on("SIGUSR2", () => {
  if (watching === null) {
    watching = start();
    return;
  }
  clearInterval(watching.timer);
  const { wall, cpu } = watching;
  process.stderr.write(`loop-delay ${wall.toFixed(1)} ${cpu.toFixed(1)}\n`);
  watching = null;
});

function start() {
  const seen = { wall: 0, cpu: 0, timer: undefined };
  let [wall, cpu] = [performance.now(), cpuMs()];
  seen.timer = setInterval(() => {
    const [nowWall, nowCpu] = [performance.now(), cpuMs()];
    seen.wall = Math.max(seen.wall, nowWall - wall - EVERY_MS);
    seen.cpu = Math.max(seen.cpu, nowCpu - cpu);
    [wall, cpu] = [nowWall, nowCpu];
  }, EVERY_MS);
  return seen;
}

function cpuMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
