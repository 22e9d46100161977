import { runPlan } from './src/scenario/run.js';
import { compilePlan } from './src/scenario/scenario.js';
const m = await import(`./scenarios/${process.argv[2]}.ts`);
const plan = compilePlan(Object.values(m)[0] as any, process.argv[3]!);
const trace: any[] = [];
const r = runPlan(plan, { trace: (e) => void trace.push(e) });
console.log(r.verdict, r.reason, JSON.stringify(plan.knobs), JSON.stringify(plan.disks));
const re = new RegExp(process.argv[4] ?? '.');
const from = (r.violation?.timeUs ?? 0) - Number(process.argv[5] ?? 1e6);
for (const e of trace) if (e.t >= from) { const line = JSON.stringify(e); if (re.test(line)) console.log(line.slice(0, 260)); }
