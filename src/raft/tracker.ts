// The configuration in force, with the progress and the votes of its members.
// Not here: how a configuration is changed; this takes whole ConfStates.
// Keeps: learners are tracked like everyone else but never counted in a quorum.

import type { LogIndex, ProcessId } from '../base/ids.js';
import { Progress } from './progress.js';
import { type Acknowledged, JointConfig, type VoteResult } from './quorum.js';
import type { ConfState } from './raftpb.js';

class AckedIndexes implements Acknowledged {
  private readonly progress: ReadonlyMap<ProcessId, Progress>;

  constructor(progress: ReadonlyMap<ProcessId, Progress>) {
    this.progress = progress;
  }

  of(id: ProcessId): LogIndex {
    return this.progress.get(id)!.match;
  }
}

class AckedRounds implements Acknowledged {
  private readonly progress: ReadonlyMap<ProcessId, Progress>;

  constructor(progress: ReadonlyMap<ProcessId, Progress>) {
    this.progress = progress;
  }

  of(id: ProcessId): number {
    return this.progress.get(id)!.ackedRound;
  }
}

export class ProgressTracker {
  readonly inflightsMax: number;
  confState: ConfState;
  config: JointConfig;
  /** Everyone tracked, ascending by id: what broadcasts iterate over. */
  members: readonly Progress[] = [];
  /** Voters of both halves, ascending. */
  voterIds: readonly ProcessId[] = [];
  readonly votes = new Map<ProcessId, boolean>();
  private readonly progress = new Map<ProcessId, Progress>();
  private readonly ackedIndexes = new AckedIndexes(this.progress);
  private readonly ackedRounds = new AckedRounds(this.progress);

  constructor(confState: ConfState, lastIndex: LogIndex, inflightsMax: number) {
    this.inflightsMax = inflightsMax;
    this.confState = confState;
    this.config = new JointConfig(confState.voters, confState.votersOutgoing);
    this.use(confState, lastIndex);
  }

  /** Switches to `confState`. Members that stay keep their progress. */
  use(confState: ConfState, lastIndex: LogIndex): void {
    this.confState = confState;
    this.config = new JointConfig(confState.voters, confState.votersOutgoing);
    this.voterIds = this.config.ids();

    const ids = new Set([...this.voterIds, ...confState.learners]);
    for (const id of [...this.progress.keys()]) if (!ids.has(id)) this.progress.delete(id);
    const members: Progress[] = [];
    for (const id of [...ids].sort((a, b) => a - b)) {
      const isLearner = !this.config.has(id);
      let pr = this.progress.get(id);
      if (pr === undefined) {
        pr = new Progress(id, isLearner, Math.max(lastIndex, 1), this.inflightsMax);
        // A new member gets one quorum check to make itself heard.
        pr.recentActive = true;
        this.progress.set(id, pr);
      }
      pr.isLearner = isLearner;
      members.push(pr);
    }
    this.members = members;
  }

  get(id: ProcessId): Progress | undefined {
    return this.progress.get(id);
  }

  /** The highest index that a quorum has made durable. */
  committedIndex(): LogIndex {
    return this.config.committedIndex(this.ackedIndexes);
  }

  /** The highest read round that a quorum has acknowledged. */
  confirmedRound(): number {
    return this.config.committedIndex(this.ackedRounds);
  }

  /** Counts a vote; the first answer of a voter stands. */
  recordVote(id: ProcessId, granted: boolean): VoteResult {
    if (!this.votes.has(id)) this.votes.set(id, granted);
    return this.config.voteResult(this.votes);
  }

  /** Whether a quorum of voters was heard from since the last check. */
  quorumActive(): boolean {
    const active = new Map<ProcessId, boolean>();
    for (const pr of this.members) if (!pr.isLearner) active.set(pr.id, pr.recentActive);
    return this.config.voteResult(active) === 'VoteWon';
  }
}
