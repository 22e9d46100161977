// Re-checks the evidence for a verdict on isolation against the history alone. Shares nothing with the
// judge but the types and the replay: naive on purpose, so that it can be read and believed.

import type { Claim, IsolationCertificate } from './certificate.js';
import type { Dependency, Finding } from './finding.js';
import { HistoryFacts } from './history-facts.js';
import { replayLists, replayRegisters } from './replay.js';
import type { Transaction } from './transaction.js';
import type { TransactionHistory } from './transaction-events.js';
import type { VersionAssumptions } from './version-order.js';

/** Returns null if `certificate` shows what it says about `history`, else what it fails to show. */
export function verifyIsolation(
  history: TransactionHistory,
  certificate: IsolationCertificate,
  assume: VersionAssumptions = {},
): string | null {
  const facts = new HistoryFacts(history, assume);
  if (certificate.kind === 'claims') {
    if (certificate.committedReads) {
      const dirty = facts.uncommittedRead();
      if (dirty !== null) return dirty;
    }
    return first(certificate.claims, (claim) => verifyClaim(claim, history, facts));
  }
  if (certificate.findings.length === 0) return 'a violation without a finding';
  return first(certificate.findings, (finding) => verifyFinding(finding, facts));
}

function verifyClaim(
  claim: Claim,
  history: TransactionHistory,
  facts: HistoryFacts,
): string | null {
  if (claim.acyclic === 'single') return verifySingle(claim, facts);
  const order: Transaction<unknown>[] = [];
  const place = new Map<number, number>();
  for (const id of claim.order) {
    const transaction = facts.byId.get(id);
    if (transaction === undefined) return `T${id} is not in the history`;
    if (transaction.outcome === 'fail') return `T${id} failed, but is in the order`;
    if (place.has(id)) return `T${id} is in the order twice`;
    place.set(id, order.length);
    order.push(transaction);
  }
  for (const transaction of history.transactions) {
    if (facts.tookEffect(transaction.id) && !place.has(transaction.id)) {
      return `T${transaction.id} took effect, but is not in the order`;
    }
  }
  const early = claim.time === 'none' ? null : againstTime(order, claim.time);
  if (early !== null) return early;
  if (claim.serial) {
    return history.over === 'lists'
      ? replayLists(order as typeof history.transactions, history.transactions)
      : replayRegisters(order as typeof history.transactions, history.transactions);
  }
  return againstData(claim, place, facts);
}

/** In the order of real time nobody returned before one placed earlier was called. */
function againstTime(
  order: readonly Transaction<unknown>[],
  time: 'process' | 'realtime',
): string | null {
  const latest = new Map<number, number>();
  for (const { id, process, calledAt, returnedAt, outcome } of order) {
    const group = time === 'realtime' ? 0 : process;
    const called = latest.get(group) ?? Number.NEGATIVE_INFINITY;
    if (outcome === 'ok' && returnedAt < called) {
      return `T${id} returned before one that precedes it was called`;
    }
    latest.set(group, Math.max(called, calledAt));
  }
  return null;
}

/** Whether every dependency that the claim speaks of leads forwards. */
function againstData(
  claim: Claim,
  place: ReadonlyMap<number, number>,
  facts: HistoryFacts,
): string | null {
  const { acyclic } = claim;
  const at = (id: number): number => place.get(id)!;
  // The latest transaction that flows into each, for what an anti-dependency of it must come after.
  const latest = new Map<number, number>();
  const dependencies = facts.dependencies();
  for (const { relation, from, to } of dependencies) {
    const counts =
      acyclic === 'all' || relation === 'ww' || (relation === 'wr' && acyclic !== 'writes');
    if (!counts) continue;
    if (at(from) >= at(to)) return `T${from} precedes T${to}, but not in the order`;
    latest.set(to, Math.max(latest.get(to) ?? -1, at(from)));
  }
  if (acyclic !== 'nonadjacent') return null;
  if (claim.time !== 'none') {
    for (const [before, after] of facts.timePairs(claim.time)) {
      latest.set(after, Math.max(latest.get(after) ?? -1, at(before)));
    }
  }
  for (const { relation, from, to } of dependencies) {
    if (relation === 'rw' && (latest.get(from) ?? -1) >= at(to)) {
      return `what flows into T${from} must precede T${to}, but does not in the order`;
    }
  }
  return null;
}

/** No anti-dependency is closed by flow: looked for one by one. */
function verifySingle(claim: Claim, facts: HistoryFacts): string | null {
  const flow = new Map<number, number[]>();
  const add = (from: number, to: number): void => {
    flow.set(from, [...(flow.get(from) ?? []), to]);
  };
  const dependencies = facts.dependencies();
  for (const { relation, from, to } of dependencies) if (relation !== 'rw') add(from, to);
  if (claim.time !== 'none') for (const [from, to] of facts.timePairs(claim.time)) add(from, to);
  for (const { relation, from, to } of dependencies) {
    if (relation !== 'rw') continue;
    const reached = new Set([to]);
    for (const id of reached) for (const next of flow.get(id) ?? []) reached.add(next);
    if (reached.has(from)) return `T${to} flows back into T${from}, which precedes it`;
  }
  return null;
}

function verifyFinding(finding: Finding, facts: HistoryFacts): string | null {
  switch (finding.kind) {
    case 'cycle':
      return verifyCycle(finding.anomaly, finding.steps, facts);
    case 'cyclic-versions': {
      const { steps, key } = finding;
      for (const [i, step] of steps.entries()) {
        if (step.after !== steps[(i + 1) % steps.length]!.before) return 'versions do not join';
        if (!facts.versionFollows(key, step.before, step.after, step)) {
          return `${String(step.before)} need not precede ${String(step.after)} of ${key}`;
        }
      }
      return null;
    }
    case 'direct':
      return facts.isDirect(finding) ? null : `${finding.anomaly} does not show`;
  }
}

function verifyCycle(
  anomaly: string,
  steps: readonly Dependency[],
  facts: HistoryFacts,
): string | null {
  let anti = 0;
  let adjacent = false;
  for (const [i, step] of steps.entries()) {
    const next = steps[(i + 1) % steps.length]!;
    if (step.to !== next.from) return `T${step.to} and T${next.from} do not join`;
    if (step.from === step.to) return `T${step.from} precedes itself`;
    if (!facts.holds(step)) return `T${step.from} need not precede T${step.to}`;
    if (step.relation !== 'rw') continue;
    anti++;
    adjacent ||= next.relation === 'rw';
  }
  const has = (relation: Dependency['relation']): boolean =>
    steps.some((step) => step.relation === relation);
  const kind =
    anti === 0
      ? has('wr')
        ? 'G1c'
        : has('ww')
          ? 'G0'
          : 'no data'
      : anti === 1
        ? 'G-single-item'
        : adjacent
          ? 'G2-item'
          : 'G-nonadjacent-item';
  const suffix = has('realtime') ? '-realtime' : has('process') ? '-process' : '';
  // With one anti-dependency it is nonadjacent as well, see cycle-search.
  const named =
    anomaly === kind + suffix ||
    (kind === 'G-single-item' && anomaly === `G-nonadjacent-item${suffix}`);
  return named ? null : `the cycle is ${kind}${suffix}, not ${anomaly}`;
}

function first<T>(items: readonly T[], check: (item: T) => string | null): string | null {
  for (const item of items) {
    const wrong = check(item);
    if (wrong !== null) return wrong;
  }
  return null;
}
