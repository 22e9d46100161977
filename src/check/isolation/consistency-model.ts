// Consistency models and anomalies, and which rule out which: after Adya (Weak Consistency, 1999) and
// Elle (jepsen-io/elle, consistency_model.clj), under the names they use.
// An edge a -> b of the hierarchy means: what satisfies a satisfies b.

/** Model, then the weaker ones it implies at once. Canonical names, as Adya's where he has one. */
const WEAKER: Readonly<Record<string, readonly string[]>> = {
  'causal-cerone': ['read-atomic'],
  'PL-2+': ['PL-CS', 'PL-2L'],
  'PL-CS': ['PL-2'],
  'PL-FCV': ['PL-2+'],
  'PL-2': ['PL-1'],
  'PL-3': ['PL-2.99', 'PL-3U', 'PL-SI', 'view-serializable'],
  'PL-3U': ['PL-FCV'],
  'monotonic-atomic-view': ['PL-2'],
  'PL-2L': ['PL-2'],
  'PL-MSR': ['PL-2'],
  'parallel-snapshot-isolation': ['causal-cerone', 'update-atomic'],
  prefix: ['causal-cerone'],
  'read-atomic': ['monotonic-atomic-view'],
  'PL-2.99': ['PL-CS', 'monotonic-atomic-view'],
  'update-atomic': ['read-atomic'],
  'session-serializable': ['1SR'],
  'PL-SI': ['PL-FCV', 'monotonic-atomic-view', 'PL-MSR', 'parallel-snapshot-isolation', 'prefix'],
  'PL-SS': [
    'PL-3',
    'linearizable',
    'PL-SI',
    'strong-snapshot-isolation',
    'strong-session-serializable',
    'session-serializable',
  ],
  'strong-session-PL-1': ['PL-1'],
  'strong-session-PL-2': ['PL-2', 'strong-session-PL-1'],
  'strong-PL-1': ['strong-session-PL-1'],
  'strong-PL-2': ['strong-session-PL-2', 'strong-PL-1'],
  'strong-session-serializable': ['PL-3', 'strong-session-snapshot-isolation'],
  'strong-session-snapshot-isolation': ['PL-SI', 'strong-session-PL-2'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation', 'strong-PL-2'],
  linearizable: ['sequential'],
  sequential: ['causal'],
  causal: ['writes-follow-reads', 'PRAM'],
  PRAM: ['monotonic-reads', 'monotonic-writes', 'read-your-writes'],
};

/** Other names, and the canonical one. The first name of each model is the one that is shown. */
const CANONICAL: Readonly<Record<string, string>> = {
  'consistent-view': 'PL-2+',
  serializable: 'PL-3',
  'conflict-serializable': 'PL-3',
  'cursor-stability': 'PL-CS',
  'forward-consistent-view': 'PL-FCV',
  'monotonic-snapshot-read': 'PL-MSR',
  'monotonic-view': 'PL-2L',
  'read-committed': 'PL-2',
  'read-uncommitted': 'PL-1',
  'repeatable-read': 'PL-2.99',
  'snapshot-isolation': 'PL-SI',
  'strict-serializable': 'PL-SS',
  'strong-serializable': 'PL-SS',
  'update-serializable': 'PL-3U',
  'strong-session-read-uncommitted': 'strong-session-PL-1',
  'strong-session-read-committed': 'strong-session-PL-2',
  'strong-read-uncommitted': 'strong-PL-1',
  'strong-read-committed': 'strong-PL-2',
};

/** Anomaly, then those that it is a case of. */
const CASE_OF: Readonly<Record<string, readonly string[]>> = {
  G0: ['G1c', 'G0-process'],
  'G0-process': ['G1c-process', 'G0-realtime'],
  'G0-realtime': ['G1c-realtime'],
  G1a: ['G1'],
  G1b: ['G1'],
  G1c: ['G1', 'G1c-process'],
  'G1c-process': ['G1c-realtime', 'G1-process'],
  'G1c-realtime': ['G1-realtime'],
  G1: ['G1-process'],
  'G1-process': ['G1-realtime'],
  'G-single-item': ['G-single', 'G-single-item-process', 'G-nonadjacent-item'],
  'G-single-item-process': [
    'G-single-process',
    'G-single-item-realtime',
    'G-nonadjacent-item-process',
  ],
  'G-single-item-realtime': ['G-single-realtime', 'G-nonadjacent-item-realtime'],
  'G-single': ['G-nonadjacent', 'GSIb', 'G-single-process'],
  'G-single-process': ['G-nonadjacent-process', 'G-single-realtime'],
  'G-single-realtime': ['G-nonadjacent-realtime'],
  'G-nonadjacent-item': ['G-nonadjacent', 'G2-item', 'G-nonadjacent-item-process'],
  'G-nonadjacent-item-process': [
    'G-nonadjacent-process',
    'G2-item-process',
    'G-nonadjacent-item-realtime',
  ],
  'G-nonadjacent-item-realtime': ['G2-item-realtime', 'G-nonadjacent-realtime'],
  'G-nonadjacent': ['G2', 'G-nonadjacent-process'],
  'G-nonadjacent-process': ['G2-process', 'G-nonadjacent-realtime'],
  'G-nonadjacent-realtime': ['G2-realtime'],
  G2: ['G2-process'],
  'G2-item': ['G2', 'G2-item-process'],
  'G2-item-process': ['G2-process', 'G2-item-realtime'],
  'G2-item-realtime': ['G2-realtime'],
  'G2-process': ['G2-realtime'],
  GSIb: ['GSI'],
  'incompatible-order': ['G1a'],
  'future-read': ['G1c'],
  'dirty-update': ['G1a'],
  // A value out of nowhere cannot have been committed by anybody.
  'unwritten-read': ['G1a'],
  'lost-update': ['write-skew', 'G2-item'],
  'write-skew': ['G2'],
};

/** Model, then the anomalies it forbids beyond those of weaker models. */
const FORBIDS: Readonly<Record<string, readonly string[]>> = {
  'causal-cerone': ['internal', 'G1a'],
  'PL-CS': ['G1', 'lost-update'],
  'PL-2L': ['G1'],
  'PL-MSR': ['G1'],
  'PL-2+': ['G1', 'G-single'],
  'PL-FCV': ['G1', 'GSIb'],
  'parallel-snapshot-isolation': ['internal', 'G1a'],
  'PL-3': ['internal', 'G1', 'G2'],
  'PL-2': ['G1'],
  'PL-1': ['G0', 'duplicate-elements', 'cyclic-versions'],
  prefix: ['internal', 'G1a'],
  'PL-SI': ['internal', 'G1', 'GSI', 'G-nonadjacent'],
  'read-atomic': ['internal', 'G1a', 'future-read'],
  'PL-2.99': ['G1', 'G2-item', 'lost-update'],
  'update-atomic': ['lost-update'],
  'PL-SS': ['G1', 'G1c-realtime', 'G2-realtime'],
  'strong-session-PL-1': ['G0-process'],
  'strong-session-PL-2': ['G1c-process'],
  'strong-PL-1': ['G0-realtime'],
  'strong-PL-2': ['G1c-realtime'],
  'strong-session-snapshot-isolation': ['internal', 'G1-process', 'G-nonadjacent-process'],
  'strong-snapshot-isolation': ['internal', 'G1-realtime', 'G-nonadjacent-realtime'],
  'strong-session-serializable': ['G1-process', 'G2-process'],
  'PL-3U': ['G1'],
};

const FRIENDLY = new Map<string, string>();
for (const [name, canonical] of Object.entries(CANONICAL)) {
  if (!FRIENDLY.has(canonical)) FRIENDLY.set(canonical, name);
}
const STRONGER = reversed(WEAKER);
const CASES = reversed(CASE_OF);
const FORBIDDEN_BY = reversed(FORBIDS);
const MODELS = new Set([...Object.keys(WEAKER), ...Object.values(WEAKER).flat()]);

/** What a set of anomalies rules out: the weakest models, and all stronger ones. Both sorted. */
export interface RuledOut {
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
}

/** Whether `name` names a model, by either of its names. */
export function isModel(name: string): boolean {
  return MODELS.has(CANONICAL[name] ?? name);
}

/** The names by which models are shown. */
export function modelNames(): string[] {
  return [...MODELS].map(friendly).sort();
}

/** Adya's name where he has one: `serializable` is `PL-3`. */
export function canonicalModel(name: string): string {
  return CANONICAL[name] ?? name;
}

/** Whether what satisfies `strong` satisfies `weak`. */
export function implies(strong: string, weak: string): boolean {
  return closure([canonicalModel(strong)], WEAKER).has(canonicalModel(weak));
}

/** The anomalies that must not occur if `models` hold and none of `anomalies` may occur. */
export function forbiddenAnomalies(
  models: readonly string[],
  anomalies: readonly string[] = [],
): ReadonlySet<string> {
  const weaker = closure(models.map(canonicalModel), WEAKER);
  const direct = [...weaker].flatMap((model) => FORBIDS[model] ?? []);
  return closure([...direct, ...anomalies], CASES);
}

/** An anomaly and everything it is a case of. */
export function impliedAnomalies(anomaly: string): ReadonlySet<string> {
  return closure([anomaly], CASE_OF);
}

/** Maps anomalies to the models that cannot hold. */
export function ruledOut(anomalies: readonly string[]): RuledOut {
  const implied = closure(anomalies, CASE_OF);
  const direct = [...implied].flatMap((anomaly) => FORBIDDEN_BY[anomaly] ?? []);
  const impossible = closure(direct, STRONGER);
  const weakest = [...impossible].filter((model) => {
    const below = closure([model], WEAKER);
    return ![...impossible].some((other) => other !== model && below.has(other));
  });
  return {
    not: weakest.map(friendly).sort(),
    alsoNot: [...impossible]
      .filter((model) => !weakest.includes(model))
      .map(friendly)
      .sort(),
  };
}

function friendly(canonical: string): string {
  return FRIENDLY.get(canonical) ?? canonical;
}

function closure(
  start: readonly string[],
  arrows: Readonly<Record<string, readonly string[]>>,
): Set<string> {
  const seen = new Set(start);
  // A set is iterated in insertion order, including what is added meanwhile.
  for (const name of seen) for (const next of arrows[name] ?? []) seen.add(next);
  return seen;
}

function reversed(
  arrows: Readonly<Record<string, readonly string[]>>,
): Record<string, readonly string[]> {
  const out: Record<string, string[]> = {};
  for (const [from, targets] of Object.entries(arrows)) {
    for (const to of targets) {
      const list = out[to];
      if (list === undefined) out[to] = [from];
      else list.push(from);
    }
  }
  return out;
}
