// Watches what members receive, change and send for rules of the protocol. One that is broken does not end the run:
// there may be no harm in it this time, and if there is, that says more. The first is told in the end.
// Not here: the rules (check/invariant/), and invariants, which end a run at once (check/cluster-judge.ts).

import type { LogIndex, ProcessId } from '../base/ids.js';
import { FIRST_CLIENT_ID } from '../base/ids.js';
import {
  FollowerJudge,
  QuestionJudge,
  READ_IN_ITS_TERM,
  READ_IS_CONFIRMED,
} from '../check/invariant/confirmed-reads.js';
import { READ_SEES_COMMITTED, ReadJudge } from '../check/invariant/fresh-reads.js';
import type { BrokenRule } from '../check/invariant/invariant.js';
import { OfficeJudge } from '../check/invariant/office.js';
import { changedByOldMessage } from '../check/invariant/old-terms.js';
import { handsOver } from '../check/invariant/transfers.js';
import type { DurabilityView } from '../check/view.js';
import type { NodeMessage } from '../node/messages.js';
import { Message } from '../raft/raftpb.js';
import type { Moment } from './history-watch.js';
import type { RaftMemberView } from './member-view.js';
import { nameOf } from './names.js';
import type { Violation } from './result.js';

export interface RuleWatchOptions {
  readonly memberCount: number;
  readonly durability: DurabilityView;
  /** The view of a member that is up. */
  readonly viewOf: (id: ProcessId) => RaftMemberView;
  /** The shortest election timeout of a member. */
  readonly electionTicks: (id: ProcessId) => number;
  readonly requestWords: (id: number) => string;
  readonly now: () => Moment;
  /** The event of {@link now}. */
  readonly eventCount: () => number;
}

export class RuleWatch {
  private readonly options: RuleWatchOptions;
  private readonly reads = new ReadJudge();
  private readonly followers: FollowerJudge;
  private readonly offices: OfficeJudge;
  private readonly questions = new QuestionJudge();
  /** The first read that was answered from the past, though perhaps no client can tell. */
  private staleRead: Violation | null = null;
  /** The first of all other rules. */
  private brokenRule: Violation | null = null;
  /** What enters a member now, if it is of an earlier term than that is in. */
  private oldMessage: Message | null = null;
  /** A request for a vote that enters a member now, if that has a leader and should not hear it. */
  private disturbance: Message | null = null;

  constructor(options: RuleWatchOptions) {
    this.options = options;
    this.followers = new FollowerJudge(options.memberCount);
    this.offices = new OfficeJudge(options.memberCount, options.electionTicks);
  }

  /** The first rule that was broken, those of reads before all others; null if none was. */
  get violation(): Violation | null {
    return this.staleRead ?? this.brokenRule;
  }

  broken(rule: BrokenRule | null): void {
    if (rule !== null) this.brokenRule ??= this.violationOf(rule);
  }

  booted(id: ProcessId): void {
    this.offices.booted(id);
  }

  wakes(id: ProcessId): void {
    if (id < FIRST_CLIENT_ID) this.offices.ticks(id);
  }

  /** A message enters a process. */
  delivered(to: ProcessId, message: NodeMessage): void {
    if (to >= FIRST_CLIENT_ID) return;
    const view = this.options.viewOf(to);
    if (!view.isRunning) return;
    if (!(message instanceof Message)) {
      if (message.kind === 'move-leader') this.offices.transfers(to);
      return;
    }
    const { type, term, from } = message;
    if (term > 0 && term < view.term) {
      this.oldMessage = message;
      return;
    }
    switch (type) {
      case 'MsgApp':
      case 'MsgHeartbeat':
        this.offices.heardLeader(to, term);
        break;
      case 'MsgAppResp':
      case 'MsgHeartbeatResp':
        this.offices.answered(to, from);
        break;
      case 'MsgTransferLeader':
        this.offices.transfers(to);
        break;
      case 'MsgVote':
      case 'MsgPreVote':
        if (term > view.term && !message.transfer && this.offices.hasLeader(view)) {
          this.disturbance = message;
        }
        break;
      case 'MsgReadIndex':
        if (view.role === 'StateLeader') this.questions.asked(to, view.term, message.context);
        break;
      default:
        break;
    }
  }

  /** A message leaves a process. */
  sent(from: ProcessId, to: ProcessId, message: NodeMessage): void {
    if (!(message instanceof Message)) {
      if (message.kind === 'response' && message.result.ok) this.answered(from, to, message.id);
      return;
    }
    switch (message.type) {
      case 'MsgPreVoteResp':
        if (!message.reject && this.disturbance !== null) {
          this.broken(this.offices.deposed(from, to));
        }
        break;
      case 'MsgHeartbeatResp':
        this.followers.followed(from, message.term, this.options.eventCount());
        break;
      case 'MsgReadIndexResp':
        this.toldIndex(from, message);
        break;
      case 'MsgTimeoutNow':
        this.broken(handsOver(this.options.durability, this.options.viewOf(from), to));
        break;
      default:
        break;
    }
  }

  /** A member after an event; `changed`: in what it holds or, as a leader, counts. */
  observed(view: RaftMemberView, changed: boolean): void {
    const { oldMessage, disturbance, offices } = this;
    if (changed && oldMessage !== null) {
      this.broken(changedByOldMessage(view.id, view.term, oldMessage));
    }
    if (changed && disturbance !== null && view.term >= disturbance.term) {
      this.broken(offices.deposed(view.id, disturbance.from));
    }
    this.broken(offices.observe(view));
  }

  /** What entered a member has been dealt with. */
  eventIsOver(): void {
    this.oldMessage = null;
    this.disturbance = null;
  }

  /** A client asks for a linearizable read, when members have committed through `committedIndex`. */
  readBegan(id: number, committedIndex: LogIndex): void {
    this.reads.began(id, committedIndex);
    this.followers.began(id, this.options.eventCount());
  }

  /** A client waits no longer for what it has asked. */
  requestEnded(id: number): void {
    this.reads.ended(id);
    this.followers.ended(id);
  }

  private answered(member: ProcessId, client: ProcessId, id: number): void {
    const { viewOf, requestWords } = this.options;
    const stale = this.reads.answered(id, member, viewOf(member).appliedIndex);
    const isConfirmed = this.followers.isConfirmed(id);
    if (stale === null && isConfirmed) return;
    const answer = `${nameOf(member)} answered ${nameOf(client)}'s ${requestWords(id)}`;
    if (stale !== null) {
      const message = `${answer} from what it had applied, through index ${stale.appliedIndex}, but index ${stale.committedIndex} was committed before the read was asked`;
      this.staleRead ??= this.violationOf({ invariant: READ_SEES_COMMITTED, message });
    }
    if (!isConfirmed) {
      const message = `${answer}, but no leader has heard from a majority since the read was asked`;
      this.broken({ invariant: READ_IS_CONFIRMED, message });
    }
  }

  /** A leader tells another member the index of a read. */
  private toldIndex(leader: ProcessId, { to, term, context }: Message): void {
    const askedIn = this.questions.answered(leader, term, context);
    if (askedIn === null) return;
    const message = `${nameOf(leader)}, leader of term ${term}, tells ${nameOf(to)} the index of a read that it was asked for as leader of term ${askedIn}`;
    this.broken({ invariant: READ_IN_ITS_TERM, message });
  }

  private violationOf({ invariant, message }: BrokenRule): Violation {
    return { invariant: invariant.id, message, ...this.options.now() };
  }
}
