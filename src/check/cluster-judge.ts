// Judges a cluster while it runs: after every event that entered a member it looks what changed there,
// and asks the invariants that the change concerns. Nothing changed, nothing asked: one comparison each.
// Keeps: the first broken invariant is reported at the event that broke it. Rules of the protocol that were broken are
// reported too, and the run goes on.

import { assert } from '../base/assert.js';
import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import { CommittedLog } from './committed-log.js';
import { Acknowledged } from './invariant/acknowledged-entries.js';
import { ElectionJudge } from './invariant/election-safety.js';
import { BrokenInvariant, type BrokenRule, hold } from './invariant/invariant.js';
import { LOG_MATCHING, LogJudge } from './invariant/log-matching.js';
import { MatchJudge } from './invariant/match-kept.js';
import { MonotoneJudge, type Seen } from './invariant/monotone.js';
import { committedAsLeader } from './invariant/own-term-commits.js';
import { CommitJudge, STATE_MACHINE_SAFETY } from './invariant/state-machine-safety.js';
import { VoteCountJudge } from './invariant/votes-given.js';
import { chainEntry, LogMirror } from './log-mirror.js';
import type { DurabilityView, EntryView, MemberView, Role } from './view.js';

interface Watched extends Seen {
  readonly mirror: LogMirror;
  /** While it leads: through where it counts each member's log, by id. */
  matches: LogIndex[];
  readonly acknowledged: Acknowledged;
  role: Role;
  /** False from boot until recovery has been judged. */
  recovered: boolean;
}

export interface ClusterJudgeOptions {
  readonly members: readonly ProcessId[];
  readonly durability: DurabilityView;
  /** Called once for every committed entry, in order. */
  readonly onCommitted: (entry: EntryView) => void;
  /** Called at every event that breaks a rule of the protocol. */
  readonly onRuleBroken: (rule: BrokenRule) => void;
}

/** How many entries at the end of each log a cross-check hashes again. */
const CROSS_CHECK_ENTRIES = 256;

export class ClusterJudge {
  readonly committed = new CommittedLog();
  /** By id. */
  private readonly members: (Watched | undefined)[] = [];
  private readonly elections = new ElectionJudge();
  private readonly logs = new LogJudge();
  private readonly monotone: MonotoneJudge;
  private readonly commits: CommitJudge;
  private readonly matches: MatchJudge;
  private readonly voteCounts: VoteCountJudge;
  private readonly onCommitted: (entry: EntryView) => void;
  private readonly onRuleBroken: (rule: BrokenRule) => void;

  constructor(options: ClusterJudgeOptions) {
    this.monotone = new MonotoneJudge(options.durability);
    this.commits = new CommitJudge(this.committed, options.durability, options.members);
    this.matches = new MatchJudge(options.durability, options.members);
    this.voteCounts = new VoteCountJudge(options.durability, options.members, (member, term) =>
      this.monotone.voteOf(member, term),
    );
    this.onCommitted = options.onCommitted;
    this.onRuleBroken = options.onRuleBroken;
    for (const id of options.members) this.members[id] = unseen();
  }

  /** A new incarnation has begun: what is in memory starts anew, what was promised does not. */
  booted(id: ProcessId): void {
    this.members[id] = unseen();
  }

  mirror(id: ProcessId): LogMirror {
    return this.watched(id).mirror;
  }

  /** A vote left a member. */
  voted(member: ProcessId, term: Term, candidate: ProcessId): void {
    this.monotone.voted(member, term, candidate);
  }

  /** An acknowledgement left a member. */
  acknowledged(member: ProcessId, term: Term, index: LogIndex): void {
    this.watched(member).acknowledged.sent(term, index);
  }

  /**
   * Looks at a member after an event. Returns whether anything changed, of what a leader counts too. Throws
   * BrokenInvariant.
   */
  observe(view: MemberView): boolean {
    const seen = this.watched(view.id);
    if (!seen.recovered) this.recover(view, seen);
    else if (isSame(view, seen)) {
      if (seen.role === 'StateLeader') return this.countMatches(view, seen);
      if (seen.role === 'StateCandidate') this.rule(this.voteCounts.counted(view));
      return false;
    }
    this.judge(view, seen);
    return true;
  }

  private countMatches(view: MemberView, { mirror, matches }: Watched): boolean {
    return this.matches.counted(
      view,
      matches,
      (index) => (mirror.entry(index) ?? this.committed.entry(index))?.term ?? 0,
    );
  }

  private recover(view: MemberView, seen: Watched): void {
    seen.recovered = true;
    this.monotone.recovered(view);
    this.adoptSnapshot(view, seen.mirror);
    seen.term = view.term;
    seen.vote = view.vote;
  }

  private judge(view: MemberView, seen: Watched): void {
    this.monotone.changed(view, seen);
    if (!seen.mirror.isCurrent(view)) this.syncLog(view, seen);
    if (view.role === 'StateLeader' && (seen.role !== 'StateLeader' || seen.term !== view.term)) {
      this.elections.elected(view, seen.mirror, this.committed);
      this.rule(this.voteCounts.elected(view));
      seen.matches = [];
    }
    if (view.role === 'StateLeader') this.countMatches(view, seen);
    if (view.role === 'StateCandidate') this.rule(this.voteCounts.counted(view));
    if (view.commitIndex > seen.commitIndex) this.commit(view, seen);
    if (view.appliedIndex !== seen.appliedIndex) this.commits.applied(view);
    seen.term = view.term;
    seen.vote = view.vote;
    seen.role = view.role;
    seen.commitIndex = view.commitIndex;
    seen.appliedIndex = view.appliedIndex;
  }

  private syncLog(view: MemberView, seen: Watched): void {
    const { mirror } = seen;
    const change = mirror.sync(view);
    const ledBefore = seen.role === 'StateLeader' && seen.term === view.term;
    const leads = view.role === 'StateLeader';
    this.logs.changed(view, change, ledBefore && leads);
    if (change.replaced) this.adoptSnapshot(view, mirror);
    const keptThrough = change.replaced ? view.lastIndex : change.keptThrough;
    this.rule(seen.acknowledged.cut(view.id, view.term, keptThrough));
    for (let index = mirror.lastIndex + 1; index <= view.lastIndex; index++) {
      const entry = view.entry(index);
      if (entry === undefined) assert(false, 'a log has no gaps', { index });
      mirror.append(entry);
      this.logs.appended(view, mirror);
    }
    if (change.removed === 0 || change.keptThrough >= seen.commitIndex) return;
    throw new BrokenInvariant(
      STATE_MACHINE_SAFETY,
      `n${view.id} dropped entries above index ${change.keptThrough}, but had called index ${seen.commitIndex} committed`,
    );
  }

  /** The log begins with a snapshot: it must be of what was committed. */
  private adoptSnapshot(view: MemberView, mirror: LogMirror): void {
    const { snapshotIndex, snapshotTerm } = view;
    const { committed } = this;
    hold(
      snapshotIndex <= committed.lastIndex &&
        (snapshotIndex === 0 || committed.entry(snapshotIndex)?.term === snapshotTerm),
      STATE_MACHINE_SAFETY,
      () =>
        `n${view.id} holds a snapshot of index ${snapshotIndex}, term ${snapshotTerm}, but what was committed there is ${committed.entry(snapshotIndex) === undefined ? 'nothing' : `of term ${committed.entry(snapshotIndex)?.term}`}`,
    );
    mirror.reset(snapshotIndex, snapshotTerm, committed.chain(snapshotIndex));
  }

  private commit(view: MemberView, seen: Watched): void {
    const fresh = this.commits.committedThrough(view, seen.mirror, seen.commitIndex);
    for (let index: LogIndex = fresh; index <= this.committed.lastIndex; index++) {
      this.onCommitted(this.committed.entry(index)!);
    }
    if (view.role !== 'StateLeader' || seen.role !== 'StateLeader') return;
    this.rule(committedAsLeader(view, seen.mirror.term(view.commitIndex)));
  }

  /**
   * Compares a member's whole log with what the incremental checks believe, so that a mistake in them
   * shows. Linear in the log: call it now and then.
   */
  crossCheck(view: MemberView): void {
    const { mirror } = this.watched(view.id);
    const { snapshotIndex, snapshotTerm } = view;
    hold(
      snapshotIndex < mirror.firstIndex - 1 || mirror.term(snapshotIndex) === snapshotTerm,
      LOG_MATCHING,
      () =>
        `n${view.id} says that its log begins after entry ${snapshotIndex} of term ${snapshotTerm}, which was of term ${mirror.term(snapshotIndex)}`,
    );
    const first = Math.max(view.snapshotIndex + 1, mirror.firstIndex);
    const hashFrom = Math.max(first, view.lastIndex - CROSS_CHECK_ENTRIES);
    for (let index = first; index <= view.lastIndex; index++) {
      const entry = view.entry(index);
      const same =
        entry !== undefined &&
        entry === mirror.entry(index) &&
        (index < hashFrom || chainEntry(mirror.chain(index - 1), entry) === mirror.chain(index));
      if (same) continue;
      hold(
        false,
        LOG_MATCHING,
        () => `entry ${index} of n${view.id} was changed in place: it is not what was appended`,
      );
    }
  }

  private rule(broken: BrokenRule | null): void {
    if (broken !== null) this.onRuleBroken(broken);
  }

  private watched(id: ProcessId): Watched {
    const seen = this.members[id];
    if (seen === undefined) assert(false, 'only members are judged', { id });
    return seen;
  }
}

function unseen(): Watched {
  return {
    mirror: new LogMirror(),
    matches: [],
    acknowledged: new Acknowledged(),
    role: 'StateFollower',
    recovered: false,
    term: 0,
    vote: 0,
    commitIndex: 0,
    appliedIndex: 0,
  };
}

function isSame(view: MemberView, seen: Watched): boolean {
  return (
    view.commitIndex === seen.commitIndex &&
    view.appliedIndex === seen.appliedIndex &&
    view.term === seen.term &&
    view.role === seen.role &&
    view.vote === seen.vote &&
    seen.mirror.isCurrent(view)
  );
}
