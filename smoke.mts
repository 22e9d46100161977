import { runPlan } from './src/scenario/run.js';
import { compilePlan } from './src/scenario/scenario.js';
const name = process.argv[2]!; const n = Number(process.argv[3] ?? 20); const from = Number(process.argv[4] ?? 1);
const m = await import(`./scenarios/${name}.ts`);
const sc = Object.values(m)[0] as any;
const t = process.cpuUsage(); let ev = 0, virt = 0;
const counts: Record<string, number> = {};
for (let i = from; i < from + n; i++) {
  let r;
  try { r = runPlan(compilePlan(sc, String(i))); } catch (e: any) { console.log(i, 'HARNESS', (e.stack ?? String(e)).slice(0, 1500), e.cause?.stack?.slice(0,1000)); continue; }
  ev += r.events; virt += r.virtualUs; counts[r.verdict] = (counts[r.verdict] ?? 0) + 1;
  if (r.verdict !== 'pass') console.log(i, r.verdict, r.violation?.invariant, r.reason.slice(0, 700), r.violation?.timeUs);
}
const c = process.cpuUsage(t); const s = (c.user + c.system) / 1e6;
console.log(name, JSON.stringify(counts), 'events/s', Math.round(ev / s), 'virtual/cpu', Math.round(virt / 1e6 / s), 'seeds/s', (n / s).toFixed(1));
