// The Raft state machine of one node, after etcd's raft with asynchronous storage writes: messages,
// ticks and storage reports go in, Readys come out. Thesis chapters 3, 4.3, 6.4 and 9.6.
// Not here: clocks, disk, network, the state machine; the driver does what a Ready says, in order.
// Keeps election safety, log matching, leader completeness and state machine safety (thesis 3.2).

import { assert } from '../base/assert.js';
import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import type { Random } from '../base/random.js';
import { APPEND_REJECTED, RaftLog } from './log.js';
import type { Progress } from './progress.js';
import {
  type ConfState,
  Entry,
  EntryConfChangeV2,
  EntryNormal,
  type HardState,
  Message,
  type MessageType,
  NO_ENTRIES,
  type SnapshotMetadata,
} from './raftpb.js';
import { ReadOnly } from './read-only.js';
import { ProgressTracker } from './tracker.js';

export type StateType = 'StateFollower' | 'StatePreCandidate' | 'StateCandidate' | 'StateLeader';

export interface RaftConfig {
  readonly id: ProcessId;
  /** Ticks without a leader before a campaign, at least. */
  readonly electionTick: number;
  /** The actual timeout T is drawn anew every time, from [electionTick, electionTick + electionJitter). */
  readonly electionJitter: number;
  /** Ticks between heartbeats. */
  readonly heartbeatTick: number;
  /** Bytes of entry data in one append. A larger single entry still goes alone. */
  readonly maxSizePerMsg: number;
  /** Appends with entries that may be on their way to one follower. */
  readonly maxInflightMsgs: number;
  /** Bytes of entry data that may wait for commit before proposals are dropped. */
  readonly maxUncommittedSize: number;
  /** Bytes of entry data in Ready.committedEntries. A larger single entry still comes alone. */
  readonly maxCommittedSizePerReady: number;
  /** Ask before campaigning, so that a node coming back does not depose a working leader. */
  readonly preVote: boolean;
  /** A leader without an active quorum steps down, and nodes that hear a leader do not vote. */
  readonly checkQuorum: boolean;
  readonly random: Random;
}

/** What a node found on its disk; all of it is durable. */
export interface RaftInitialState {
  readonly hardState: HardState;
  /** The configuration as of `applied`. */
  readonly confState: ConfState;
  /** The log starts after it; 0, 0 if there is none. */
  readonly snapshot: { readonly index: LogIndex; readonly term: Term };
  readonly entries: readonly Entry[];
  /** What the state machine has applied, at least `snapshot.index`. */
  readonly applied: LogIndex;
}

/** A linearizable read may be answered once the state machine has applied `index`. */
export interface ReadState {
  readonly index: LogIndex;
  readonly requestId: number;
}

/** What the driver must do now. Readys are made durable in the order in which they came. */
export interface Ready {
  /** Changed; persist, after the entries. */
  readonly hardState: HardState | null;
  /** Append to the WAL; they may replace a suffix that was handed out before. */
  readonly entries: readonly Entry[];
  /** Install: persist the marker, restore the state machine, then stableSnapshot and appliedTo. */
  readonly snapshot: SnapshotMetadata | null;
  /** May be sent at once. */
  readonly messages: Message[];
  /**
   * Only after this Ready and all earlier ones are durable and reported by {@link Raft.stableTo}.
   * Those to this node itself are given back to {@link Raft.step}.
   */
  readonly messagesAfterAppend: Message[];
  /** Apply, then appliedTo. Committed, and durable on this node. */
  readonly committedEntries: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** Whether anything of this Ready must survive a crash before messagesAfterAppend go out. */
  readonly mustSync: boolean;
}

/** How an election came about. */
type CampaignType = 'CampaignPreElection' | 'CampaignElection' | 'CampaignTransfer';

const NO_ONE: ProcessId = 0;
const EMPTY_DATA = new Uint8Array(0);
const NO_MESSAGES = Object.freeze<Message[]>([]) as Message[];
const NO_READ_STATES: readonly ReadState[] = [];

/**
 * One node's Raft. Synchronous and deterministic: the same calls and the same random stream give
 * the same Readys.
 *
 * @example
 * raft.propose(data);
 * while (raft.hasReady()) {
 *   const ready = raft.ready();
 *   // send ready.messages; write ready.hardState and ready.entries; once durable:
 *   const last = ready.entries.at(-1);
 *   if (last !== undefined) raft.stableTo(last.term, last.index);
 *   // send ready.messagesAfterAppend, or step those to this node; apply ready.committedEntries
 * }
 */
export class Raft {
  readonly id: ProcessId;
  term: Term;
  /** Whom this node voted for in {@link term}, 0 for no one. */
  vote: ProcessId;
  /** The leader of {@link term}, 0 if unknown. */
  lead: ProcessId = NO_ONE;
  state: StateType = 'StateFollower';
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  /** Whom leadership is being handed to, 0 for no one. */
  leadTransferee: ProcessId = NO_ONE;

  private readonly config: RaftConfig;
  private readonly reads = new ReadOnly();
  private electionElapsed = 0;
  private heartbeatElapsed = 0;
  private randomizedElectionTimeout = 0;
  private uncommittedSize = 0;

  private messages: Message[] = [];
  private messagesAfterAppend: Message[] = [];
  private readStates: ReadState[] = [];
  // The hard state as last handed out.
  private handedTerm: Term;
  private handedVote: ProcessId;
  private handedCommit: LogIndex;

  constructor(config: RaftConfig, initial: RaftInitialState) {
    const { electionTick, heartbeatTick } = config;
    assert(config.id > 0, 'ids count from 1', { id: config.id });
    assert(heartbeatTick > 0, 'a heartbeat takes at least one tick', { heartbeatTick });
    assert(config.electionJitter > 0, 'a timeout is drawn from one tick or more');
    assert(electionTick > heartbeatTick, 'followers must outwait the heartbeats', {
      electionTick,
      heartbeatTick,
    });
    const { hardState, confState, snapshot, entries, applied } = initial;
    this.config = config;
    this.id = config.id;
    this.log = new RaftLog({
      snapshot: snapshot.index === 0 ? null : { ...snapshot, confState },
      entries,
      // A snapshot proves that its index was committed, even if the hard state was written earlier.
      committed: Math.max(hardState.commit, snapshot.index),
      applied,
    });
    this.tracker = new ProgressTracker(confState, this.log.lastIndex(), config.maxInflightMsgs);
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.handedTerm = hardState.term;
    this.handedVote = hardState.vote;
    this.handedCommit = hardState.commit;
    const lastTerm = this.log.lastTerm();
    assert(lastTerm <= this.term, 'the log is of a later term than the hard state; was it lost?', {
      lastTerm,
      term: this.term,
    });
    this.becomeFollower(this.term, NO_ONE);
  }

  // --- what the driver calls -------------------------------------------------------------------

  /** One step of time. */
  tick(): void {
    if (this.state === 'StateLeader') this.tickHeartbeat();
    else this.tickElection();
  }

  /** Starts an election now, if this node may: it does nothing on a leader or a learner. */
  campaign(): void {
    this.hup(this.config.preVote ? 'CampaignPreElection' : 'CampaignElection');
  }

  /**
   * Proposes an entry, here or through the leader. False if it was dropped: no leader is known, a
   * transfer is under way, or too much waits for commit. True promises nothing: it may still be lost.
   */
  propose(data: Uint8Array): boolean {
    if (this.state === 'StateLeader') {
      return this.proposeAsLeader([new Entry(0, 0, EntryNormal, data)]);
    }
    if (this.lead === NO_ONE) return false;
    if (this.state !== 'StateFollower') return false;
    const m = new Message('MsgProp', this.lead, this.id);
    m.entries = [new Entry(0, 0, EntryNormal, data)];
    this.messages.push(m);
    return true;
  }

  /**
   * Asks for the index at which a read started now is linearizable. False if no leader is known.
   * The answer comes in Ready.readStates, or never: the caller times out. A `requestId` is used
   * once, also across restarts, because answers may be late.
   */
  readIndex(requestId: number): boolean {
    if (this.state === 'StateLeader') {
      this.readAsLeader(this.id, requestId);
      return true;
    }
    if (this.lead === NO_ONE) return false;
    if (this.state !== 'StateFollower') return false;
    const m = new Message('MsgReadIndex', this.lead, this.id);
    m.context = requestId;
    this.messages.push(m);
    return true;
  }

  /** Asks the leader to hand over to `to`. Watch {@link lead} for the outcome. */
  transferLeader(to: ProcessId): void {
    const m = new Message('MsgTransferLeader', this.lead, to);
    this.step(m);
  }

  /** The last message to `id` may be lost: stop pipelining until it answers. */
  reportUnreachable(id: ProcessId): void {
    if (this.state !== 'StateLeader') return;
    const pr = this.tracker.get(id);
    if (pr === undefined) return;
    if (pr.state === 'StateReplicate') pr.becomeProbe();
  }

  /** The snapshot sent to `id` arrived or failed. Every MsgSnap needs this, or an ack, to go on. */
  reportSnapshot(id: ProcessId, ok: boolean): void {
    if (this.state !== 'StateLeader') return;
    const pr = this.tracker.get(id);
    if (pr === undefined || pr.state !== 'StateSnapshot') return;
    if (!ok) pr.pendingSnapshot = 0;
    pr.becomeProbe();
    // After success the follower's ack goes first, after failure a heartbeat's pause.
    pr.flowPaused = true;
  }

  /** What must survive a crash, as of now; Ready says when it changed. */
  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** The configuration in force. */
  confState(): ConfState {
    return this.tracker.confState;
  }

  /** Whether {@link ready} has anything to say. O(1). */
  hasReady(): boolean {
    const { log } = this;
    return (
      this.messages.length > 0 ||
      this.messagesAfterAppend.length > 0 ||
      log.hasNextEntries() ||
      log.hasNextCommitted() ||
      this.hardStateChanged() ||
      this.readStates.length > 0 ||
      log.hasNextSnapshot()
    );
  }

  /**
   * Hands out what is to be done. May be called again before earlier Readys are durable; nothing is
   * handed out twice, unless entries were replaced. O(1) when idle.
   */
  ready(): Ready {
    const { log } = this;
    const termOrVoteChanged = this.term !== this.handedTerm || this.vote !== this.handedVote;
    let hardState: HardState | null = null;
    if (this.hardStateChanged()) {
      hardState = this.hardState();
      this.handedTerm = this.term;
      this.handedVote = this.vote;
      this.handedCommit = log.committed;
    }
    const snapshot = log.takeNextSnapshot();
    const entries = log.takeNextEntries();
    const committedEntries = log.takeNextCommitted(this.config.maxCommittedSizePerReady);

    let messages = NO_MESSAGES;
    if (this.messages.length > 0) {
      messages = this.messages;
      this.messages = [];
    }
    let messagesAfterAppend = NO_MESSAGES;
    if (this.messagesAfterAppend.length > 0) {
      messagesAfterAppend = this.messagesAfterAppend;
      this.messagesAfterAppend = [];
    }
    let readStates = NO_READ_STATES;
    if (this.readStates.length > 0) {
      readStates = this.readStates;
      this.readStates = [];
    }
    // The commit index alone need not be durable: it is found again from a quorum.
    const mustSync = entries.length > 0 || termOrVoteChanged || snapshot !== null;
    return {
      hardState,
      entries,
      snapshot,
      messages,
      messagesAfterAppend,
      committedEntries,
      readStates,
      mustSync,
    };
  }

  /**
   * The entries of a Ready are durable; (term, index) are those of its last entry. Called in order,
   * once a Ready, before its messagesAfterAppend go out. Ignored if entries were replaced since.
   */
  stableTo(term: Term, index: LogIndex): void {
    this.log.stableTo(term, index);
  }

  /** The snapshot of a Ready is durable. */
  stableSnapshot(index: LogIndex): void {
    this.log.stableSnapshot(index);
  }

  /** The state machine has applied everything up to `index`, or was restored to it. */
  appliedTo(index: LogIndex): void {
    this.log.appliedTo(index);
  }

  /**
   * A durable local snapshot exists: entries before `keepFrom` may go, and followers that need them
   * are sent this snapshot. `keepFrom` is at most `snapshot.index + 1`.
   */
  compact(snapshot: SnapshotMetadata, keepFrom: LogIndex): void {
    this.log.compact(snapshot, keepFrom);
  }

  /** Switches to a configuration, as of the entry or snapshot that was just applied. */
  applyConfState(confState: ConfState): void {
    this.tracker.use(confState, this.log.lastIndex());
    if (this.state !== 'StateLeader') return;
    const self = this.tracker.get(this.id);
    if (self === undefined || self.isLearner) {
      // No longer a voter: who leads must be one.
      this.becomeFollower(this.term, NO_ONE);
      return;
    }
    // A smaller quorum may already have what the larger one was waiting for.
    if (this.maybeCommit()) this.onCommitAdvanced();
    else this.sendPendingAppends();
    this.answerConfirmedReads();
    if (this.leadTransferee !== NO_ONE && !this.tracker.config.has(this.leadTransferee)) {
      this.leadTransferee = NO_ONE;
    }
  }

  /** Takes one message, from a peer or from this node's own messagesAfterAppend. */
  step(m: Message): void {
    if (m.term > this.term) {
      if (this.ignoresVoteRequest(m)) return;
      this.adoptTermOf(m);
    } else if (m.term < this.term && m.term !== 0) {
      this.answerLowerTerm(m);
      return;
    }

    const { type } = m;
    if (type === 'MsgVote' || type === 'MsgPreVote') this.handleVoteRequest(m);
    else if (type === 'MsgHup') this.campaign();
    else if (this.state === 'StateLeader') this.stepLeader(m);
    else if (this.state === 'StateFollower') this.stepFollower(m);
    else this.stepCandidate(m);
  }

  // --- terms and states ------------------------------------------------------------------------

  /** A node that hears from a leader does not help to depose it (thesis 4.2.3). */
  private ignoresVoteRequest(m: Message): boolean {
    if (m.type !== 'MsgVote' && m.type !== 'MsgPreVote') return false;
    if (m.transfer) return false;
    if (!this.config.checkQuorum) return false;
    const inLease = this.lead !== NO_ONE && this.electionElapsed < this.config.electionTick;
    return inLease;
  }

  private adoptTermOf(m: Message): void {
    // A pre-vote only asks about a term; that nobody has to enter yet.
    if (m.type === 'MsgPreVote') return;
    // A granted pre-vote names the term asked for. A rejected one names the voter's own.
    if (m.type === 'MsgPreVoteResp' && !m.reject) return;
    const fromLeader = m.type === 'MsgApp' || m.type === 'MsgHeartbeat' || m.type === 'MsgSnap';
    this.becomeFollower(m.term, fromLeader ? m.from : NO_ONE);
  }

  private answerLowerTerm(m: Message): void {
    const { checkQuorum, preVote } = this.config;
    if (m.type === 'MsgApp' || m.type === 'MsgHeartbeat') {
      // A node that raised its term while cut off could otherwise never be reached again: its vote
      // requests are ignored, and it ignores the leader. Told of the term, the leader steps down.
      if (checkQuorum || preVote) {
        this.messagesAfterAppend.push(this.newMessage('MsgAppResp', m.from));
      }
    } else if (m.type === 'MsgPreVote') {
      const resp = this.newMessage('MsgPreVoteResp', m.from);
      resp.reject = true;
      this.messagesAfterAppend.push(resp);
    }
  }

  private reset(term: Term): void {
    assert(term >= this.term, 'the term went back', { term, current: this.term });
    // One vote a term: forgetting it within the term would allow a second.
    if (term !== this.term) this.vote = NO_ONE;
    this.term = term;
    this.lead = NO_ONE;
    this.leadTransferee = NO_ONE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    const { electionTick, electionJitter, random } = this.config;
    this.randomizedElectionTimeout = electionTick + random.below(electionJitter);
    this.uncommittedSize = 0;
    this.reads.reset();
    const { tracker, log } = this;
    tracker.votes.clear();
    const last = log.lastIndex();
    for (const pr of tracker.members) {
      pr.resetForTerm(last);
      // Only what is durable counts, on this node as on the others.
      if (pr.id === this.id) pr.match = log.stable;
    }
  }

  private becomeFollower(term: Term, lead: ProcessId): void {
    this.reset(term);
    this.state = 'StateFollower';
    this.lead = lead;
  }

  private becomePreCandidate(): void {
    assert(this.state !== 'StateLeader', 'a leader does not campaign', { term: this.term });
    // Neither term nor vote change: nothing is promised yet.
    this.state = 'StatePreCandidate';
    this.tracker.votes.clear();
    // Who asks others whether the leader is gone must not defend it against them (etcd issue 8334).
    this.lead = NO_ONE;
  }

  private becomeCandidate(): void {
    assert(this.state !== 'StateLeader', 'a leader does not campaign', { term: this.term });
    this.reset(this.term + 1);
    this.state = 'StateCandidate';
    this.vote = this.id;
  }

  private becomeLeader(): void {
    assert(this.state === 'StateCandidate', 'only a candidate wins an election', {
      state: this.state,
      term: this.term,
    });
    this.reset(this.term);
    this.state = 'StateLeader';
    this.lead = this.id;
    const self = this.tracker.get(this.id)!;
    self.becomeReplicate();
    self.recentActive = true;
    // An entry of the own term, because entries of earlier ones cannot be committed by counting.
    this.appendAsLeader([new Entry(0, 0, EntryNormal, EMPTY_DATA)]);
  }

  // --- time ------------------------------------------------------------------------------------

  private tickElection(): void {
    this.electionElapsed++;
    if (this.electionElapsed < this.randomizedElectionTimeout) return;
    if (!this.promotable()) return;
    this.electionElapsed = 0;
    this.campaign();
  }

  private tickHeartbeat(): void {
    this.heartbeatElapsed++;
    this.electionElapsed++;
    if (this.electionElapsed >= this.config.electionTick) {
      this.electionElapsed = 0;
      if (this.config.checkQuorum) this.checkQuorum();
      if (this.state !== 'StateLeader') return;
      // The transferee had its chance; proposals are accepted again.
      this.leadTransferee = NO_ONE;
    }
    if (this.heartbeatElapsed >= this.config.heartbeatTick) {
      this.heartbeatElapsed = 0;
      this.broadcastHeartbeat(this.reads.latestRound());
    }
  }

  private checkQuorum(): void {
    if (!this.tracker.quorumActive()) {
      this.becomeFollower(this.term, NO_ONE);
      return;
    }
    for (const pr of this.tracker.members) if (pr.id !== this.id) pr.recentActive = false;
  }

  // --- elections -------------------------------------------------------------------------------

  private promotable(): boolean {
    const self = this.tracker.get(this.id);
    if (self === undefined || self.isLearner) return false;
    // Until the snapshot is durable, this node could not prove what its log says.
    return this.log.pendingSnapshot === null;
  }

  private hup(kind: CampaignType): void {
    if (this.state === 'StateLeader') return;
    if (!this.promotable()) return;
    // It would campaign in a configuration that is known to be out of date (etcd issue 12133).
    if (this.hasUnappliedConfChanges()) return;
    this.startCampaign(kind);
  }

  private hasUnappliedConfChanges(): boolean {
    const { log } = this;
    for (let index = log.applied + 1; index <= log.committed; index++) {
      if (log.entry(index)?.type === EntryConfChangeV2) return true;
    }
    return false;
  }

  private startCampaign(kind: CampaignType): void {
    const preVote = kind === 'CampaignPreElection';
    if (preVote) this.becomePreCandidate();
    else this.becomeCandidate();
    const term = preVote ? this.term + 1 : this.term;
    const request: MessageType = preVote ? 'MsgPreVote' : 'MsgVote';
    const response: MessageType = preVote ? 'MsgPreVoteResp' : 'MsgVoteResp';
    const { log } = this;
    for (const id of this.tracker.voterIds) {
      if (id === this.id) {
        // The own vote counts once it is durable, like any other.
        const vote = new Message(response, id, id);
        vote.term = term;
        this.messagesAfterAppend.push(vote);
        continue;
      }
      const m = new Message(request, id, this.id);
      m.term = term;
      m.index = log.lastIndex();
      m.logTerm = log.lastTerm();
      m.transfer = kind === 'CampaignTransfer';
      // etcd asks at once and counts on its own vote being durable first. Asking only after term,
      // vote and log are durable makes that hold by order: a candidate that crashes and forgets its
      // vote can have won nothing with it.
      if (preVote) this.messages.push(m);
      else this.messagesAfterAppend.push(m);
    }
  }

  private handleVoteRequest(m: Message): void {
    const preVote = m.type === 'MsgPreVote';
    const response: MessageType = preVote ? 'MsgPreVoteResp' : 'MsgVoteResp';
    const resp = new Message(response, m.from, this.id);
    // A learner answers as well: it may have been promoted and not know it yet. Whether its vote
    // counts is up to the candidate's configuration.
    if (this.canVoteFor(m) && this.log.isUpToDate(m.index, m.logTerm)) {
      // The term asked about: the own one may be lower, and the candidate would ignore it.
      resp.term = m.term;
      if (!preVote) {
        this.electionElapsed = 0;
        this.vote = m.from;
      }
    } else {
      resp.term = this.term;
      resp.reject = true;
    }
    this.messagesAfterAppend.push(resp);
  }

  private canVoteFor(m: Message): boolean {
    // A repeated request gets the same answer.
    if (this.vote === m.from) return true;
    // A vote is free if it was not given away in this term and no leader is known to have won it.
    if (this.vote === NO_ONE && this.lead === NO_ONE) return true;
    // A pre-vote for a later term takes nothing from this one.
    return m.type === 'MsgPreVote' && m.term > this.term;
  }

  private handleVoteResponse(m: Message): void {
    const result = this.tracker.recordVote(m.from, !m.reject);
    if (result === 'VoteWon') {
      if (this.state === 'StatePreCandidate') {
        this.startCampaign('CampaignElection');
      } else {
        this.becomeLeader();
        this.broadcastAppend();
      }
    } else if (result === 'VoteLost') {
      // The term stays: a pre-vote's answers may name a later one.
      this.becomeFollower(this.term, NO_ONE);
    }
  }

  // --- messages by state -----------------------------------------------------------------------

  private stepFollower(m: Message): void {
    switch (m.type) {
      case 'MsgApp':
        this.hearLeader(m);
        this.handleAppendEntries(m);
        break;
      case 'MsgHeartbeat':
        this.hearLeader(m);
        this.handleHeartbeat(m);
        break;
      case 'MsgSnap':
        this.hearLeader(m);
        this.handleSnapshot(m);
        break;
      case 'MsgProp':
        this.forwardToLeader(m);
        break;
      case 'MsgReadIndex':
        this.forwardToLeader(m);
        break;
      case 'MsgReadIndexResp':
        this.readStates.push({ index: m.index, requestId: m.context });
        break;
      case 'MsgTransferLeader':
        this.forwardToLeader(m);
        break;
      case 'MsgTimeoutNow':
        // No pre-vote, whatever the configuration: the leader asked for it, nobody is coming back.
        this.hup('CampaignTransfer');
        break;
      default:
        break;
    }
  }

  private stepCandidate(m: Message): void {
    switch (m.type) {
      case 'MsgApp':
        this.becomeFollower(m.term, m.from);
        this.handleAppendEntries(m);
        break;
      case 'MsgHeartbeat':
        this.becomeFollower(m.term, m.from);
        this.handleHeartbeat(m);
        break;
      case 'MsgSnap':
        this.becomeFollower(m.term, m.from);
        this.handleSnapshot(m);
        break;
      case 'MsgVoteResp':
        if (this.state === 'StateCandidate') this.handleVoteResponse(m);
        break;
      case 'MsgPreVoteResp':
        if (this.state === 'StatePreCandidate') this.handleVoteResponse(m);
        break;
      default:
        break;
    }
  }

  private stepLeader(m: Message): void {
    switch (m.type) {
      case 'MsgAppResp': {
        const pr = this.tracker.get(m.from);
        if (pr === undefined) break;
        pr.recentActive = true;
        if (m.reject) this.handleAppendRejected(pr, m);
        else this.handleAppendAccepted(pr, m.index);
        break;
      }
      case 'MsgHeartbeatResp': {
        const pr = this.tracker.get(m.from);
        if (pr !== undefined) this.handleHeartbeatResponse(pr, m);
        break;
      }
      case 'MsgProp':
        this.proposeAsLeader(m.entries);
        break;
      case 'MsgReadIndex':
        this.readAsLeader(m.from, m.context);
        break;
      case 'MsgTransferLeader':
        this.handleTransferLeader(m.from);
        break;
      case 'MsgBeat':
        this.broadcastHeartbeat(this.reads.latestRound());
        break;
      case 'MsgCheckQuorum':
        this.checkQuorum();
        break;
      case 'MsgUnreachable':
        this.reportUnreachable(m.from);
        break;
      case 'MsgSnapStatus':
        this.reportSnapshot(m.from, !m.reject);
        break;
      case 'MsgApp':
      case 'MsgHeartbeat':
      case 'MsgSnap':
        assert(false, 'two leaders in one term', { term: m.term, self: this.id, other: m.from });
        break;
      default:
        break;
    }
  }

  // --- followers -------------------------------------------------------------------------------

  private hearLeader(m: Message): void {
    assert(this.lead === NO_ONE || this.lead === m.from, 'two leaders in one term', {
      term: m.term,
      known: this.lead,
      other: m.from,
    });
    this.electionElapsed = 0;
    this.lead = m.from;
  }

  /** Passes a request on as it is: the origin stays its sender, who gets the answer. */
  private forwardToLeader(m: Message): void {
    if (this.lead === NO_ONE) return;
    const forwarded = new Message(m.type, this.lead, m.from);
    // Requests are outside any term. A transfer is an order within the term it was given in.
    if (m.type === 'MsgTransferLeader') forwarded.term = this.term;
    forwarded.entries = m.entries;
    forwarded.context = m.context;
    this.messages.push(forwarded);
  }

  private handleAppendEntries(m: Message): void {
    const { log } = this;
    const resp = this.newMessage('MsgAppResp', m.from);
    this.messagesAfterAppend.push(resp);
    if (m.index < log.committed) {
      // Old news: what is committed here is in the leader's log as well.
      resp.index = log.committed;
      return;
    }
    const lastNewIndex = log.maybeAppend(m.index, m.logTerm, m.entries, m.commit);
    if (lastNewIndex !== APPEND_REJECTED) {
      resp.index = lastNewIndex;
      return;
    }
    // The logs cannot match above the leader's logTerm: skip whole terms, not single entries.
    const hint = log.findConflictByTerm(Math.min(m.index, log.lastIndex()), m.logTerm);
    resp.index = m.index;
    resp.reject = true;
    resp.rejectHint = hint;
    resp.logTerm = Math.max(log.term(hint), 0);
  }

  private handleHeartbeat(m: Message): void {
    // The leader bounded it by what this node acknowledged, so the log is known to match up to it.
    this.log.commitTo(m.commit);
    const resp = this.newMessage('MsgHeartbeatResp', m.from);
    resp.context = m.context;
    this.messages.push(resp);
  }

  private handleSnapshot(m: Message): void {
    const { snapshot } = m;
    assert(snapshot !== null, 'MsgSnap carries a snapshot', { from: m.from });
    const resp = this.newMessage('MsgAppResp', m.from);
    resp.index = this.restore(snapshot) ? this.log.lastIndex() : this.log.committed;
    this.messagesAfterAppend.push(resp);
  }

  /** Installs a snapshot in place of log and configuration. False if it was refused or not needed. */
  private restore(snapshot: SnapshotMetadata): boolean {
    const { log } = this;
    const { index, term, confState } = snapshot;
    // It is late: installing it would take back what is committed since.
    if (index <= log.committed) return false;
    assert(this.state === 'StateFollower', 'only a follower installs snapshots', {
      state: this.state,
      index,
    });
    const isMember =
      confState.voters.includes(this.id) ||
      confState.learners.includes(this.id) ||
      confState.votersOutgoing.includes(this.id);
    if (!isMember) return false;
    if (log.matchTerm(index, term)) {
      // The log has it all: only the commit index is news.
      log.commitTo(index);
      return false;
    }
    log.restore(snapshot);
    this.tracker.use(confState, log.lastIndex());
    return true;
  }

  // --- leaders: replication --------------------------------------------------------------------

  /** Appends proposals and sends them. False if they were dropped. */
  private proposeAsLeader(proposals: readonly Entry[]): boolean {
    assert(proposals.length > 0, 'a proposal holds an entry', { id: this.id });
    // Removed from the configuration while leading.
    if (this.tracker.get(this.id) === undefined) return false;
    // The transferee must be able to catch up.
    if (this.leadTransferee !== NO_ONE) return false;
    const bytes = sizeOf(proposals);
    const fits = this.uncommittedSize + bytes <= this.config.maxUncommittedSize;
    // One proposal of any size is let through when nothing else waits, and empty ones always.
    if (!fits && this.uncommittedSize > 0 && bytes > 0) return false;
    this.uncommittedSize += bytes;
    this.appendAsLeader(proposals);
    this.broadcastAppend();
    return true;
  }

  private appendAsLeader(proposals: readonly Entry[]): void {
    const { log, term } = this;
    let index = log.lastIndex();
    for (const { type, data } of proposals) {
      index++;
      log.appendAsLeader(new Entry(term, index, type, data));
    }
    this.acknowledgeOwnAppend(index);
  }

  /** The leader's own ack, which counts like a follower's: once the entries are durable here. */
  private acknowledgeOwnAppend(index: LogIndex): void {
    const waiting = this.messagesAfterAppend;
    const newest = waiting[waiting.length - 1];
    if (newest !== undefined && newest.to === this.id && newest.type === 'MsgAppResp') {
      if (newest.term === this.term) {
        // Goes out with the same Ready: one answer for both.
        newest.index = index;
        return;
      }
    }
    const resp = this.newMessage('MsgAppResp', this.id);
    resp.index = index;
    waiting.push(resp);
  }

  private broadcastAppend(): void {
    for (const pr of this.tracker.members) if (pr.id !== this.id) this.sendAppend(pr, true);
  }

  private sendPendingAppends(): void {
    for (const pr of this.tracker.members) if (pr.id !== this.id) this.sendAppend(pr, false);
  }

  /**
   * Sends the next entries, or a snapshot if they are compacted. With `evenIfEmpty` an append without
   * entries is sent too, for the commit index or as a probe. False if nothing was sent.
   */
  private sendAppend(pr: Progress, evenIfEmpty: boolean): boolean {
    if (pr.isPaused()) return false;
    const { log } = this;
    const prevIndex = pr.next - 1;
    if (prevIndex < log.offset) return this.sendSnapshot(pr);
    let entries = NO_ENTRIES;
    // With a full window only empty appends go out: they bring progress if all others were lost.
    if (pr.state !== 'StateReplicate' || !pr.inflights.full()) {
      entries = log.entries(pr.next, log.lastIndex() + 1, this.config.maxSizePerMsg);
    }
    if (entries.length === 0 && !evenIfEmpty) return false;
    const m = this.newMessage('MsgApp', pr.id);
    m.index = prevIndex;
    m.logTerm = log.term(prevIndex);
    m.entries = entries;
    m.commit = log.committed;
    assert(m.logTerm >= 0, 'next is past the end of the log', { prevIndex, last: log.lastIndex() });
    pr.sentEntries(entries.length);
    pr.sentCommit = log.committed;
    this.messages.push(m);
    return true;
  }

  private sendSnapshot(pr: Progress): boolean {
    // To whom does not answer, the log may still be enough later.
    if (!pr.recentActive) return false;
    const { snapshot, offset } = this.log;
    assert(snapshot !== null, 'the log is compacted but there is no snapshot', { offset });
    assert(snapshot.index >= offset, 'the snapshot leaves a gap before the log', {
      snapshotIndex: snapshot.index,
      offset,
    });
    const m = this.newMessage('MsgSnap', pr.id);
    m.snapshot = snapshot;
    pr.becomeSnapshot(snapshot.index);
    this.messages.push(m);
    return true;
  }

  private broadcastHeartbeat(round: number): void {
    const { committed } = this.log;
    for (const pr of this.tracker.members) {
      if (pr.id === this.id) continue;
      const m = this.newMessage('MsgHeartbeat', pr.id);
      // Beyond match, the follower may hold entries of another leader at these indexes.
      m.commit = Math.min(pr.match, committed);
      m.context = round;
      pr.sentCommit = m.commit;
      this.messages.push(m);
    }
  }

  private handleAppendRejected(pr: Progress, m: Message): void {
    let matchHint = m.rejectHint;
    // The follower's term at the hint: nothing above the last entry of that term or an earlier one
    // can match.
    if (m.logTerm > 0) matchHint = this.log.findConflictByTerm(m.rejectHint, m.logTerm);
    if (!pr.maybeDecrement(m.index, matchHint)) return;
    if (pr.state === 'StateReplicate') pr.becomeProbe();
    this.sendAppend(pr, true);
  }

  private handleAppendAccepted(pr: Progress, index: LogIndex): void {
    const { log } = this;
    const last = log.lastIndex();
    assert(index <= last, 'a follower has more of this term than its leader', {
      follower: pr.id,
      index,
      last,
    });
    const advanced = pr.maybeUpdate(index);
    // An answer that says nothing new still shows a probed follower to be where it was expected.
    const probeAnswered = pr.state === 'StateProbe' && pr.match === index;
    if (!advanced && !probeAnswered) return;

    if (pr.state === 'StateReplicate') {
      pr.inflights.freeUpTo(index);
    } else if (pr.state === 'StateProbe') {
      pr.becomeReplicate();
    } else if (pr.match + 1 >= log.firstIndex()) {
      // Whatever became of the snapshot: the log reaches back to where the follower is.
      pr.becomeProbe();
      pr.becomeReplicate();
    }

    const isSelf = pr.id === this.id;
    if (this.maybeCommit()) this.onCommitAdvanced();
    else if (!isSelf && pr.canBumpCommit(log.committed)) this.sendAppend(pr, true);
    if (isSelf) return;
    // The window may have opened by more than one message.
    while (this.sendAppend(pr, false)) {}
    if (pr.id === this.leadTransferee && pr.match === last) this.sendTimeoutNow(pr.id);
  }

  /** Commits what a quorum has, and returns whether that is more than before. */
  private maybeCommit(): boolean {
    const { log } = this;
    const index = this.tracker.committedIndex();
    if (index <= log.committed) return false;
    // An older term's entry can be on a quorum and still be replaced (thesis 3.6.2, figure 3.7). It
    // is committed by an entry of this term above it.
    if (log.term(index) !== this.term) return false;
    this.releaseUncommittedSize(index);
    log.commitTo(index);
    return true;
  }

  private releaseUncommittedSize(newCommit: LogIndex): void {
    const { log } = this;
    let bytes = 0;
    for (let index = log.committed + 1; index <= newCommit; index++) {
      bytes += log.entry(index)!.data.length;
    }
    // Entries of earlier leaders were not counted.
    this.uncommittedSize = Math.max(this.uncommittedSize - bytes, 0);
  }

  private onCommitAdvanced(): void {
    this.startDeferredReads();
    this.broadcastAppend();
  }

  private handleHeartbeatResponse(pr: Progress, m: Message): void {
    pr.recentActive = true;
    // Everything in flight may have been lost: one more append may go, as a probe.
    pr.flowPaused = false;
    if (pr.match < this.log.lastIndex() || pr.state === 'StateProbe') this.sendAppend(pr, true);
    // The same field carries read requests' ids, which are no small integers; rounds are.
    const round = asInteger(m.context);
    if (round <= pr.ackedRound) return;
    pr.ackedRound = round;
    this.answerConfirmedReads();
  }

  // --- leaders: reads --------------------------------------------------------------------------

  private readAsLeader(from: ProcessId, requestId: number): void {
    // Until an entry of this term is committed, the commit index may lag behind what earlier leaders
    // have answered (thesis 6.4, step 1).
    if (!this.hasCommittedInOwnTerm()) {
      this.reads.defer(from, requestId);
      return;
    }
    if (this.tracker.config.isOnlyVoter(this.id)) {
      this.answerRead(from, requestId, this.log.committed);
      return;
    }
    const round = this.reads.openRound();
    this.reads.add(from, requestId, this.log.committed, round);
    this.sendReadRound(round);
  }

  private hasCommittedInOwnTerm(): boolean {
    return this.log.term(this.log.committed) === this.term;
  }

  private startDeferredReads(): void {
    const deferred = this.reads.takeDeferred();
    if (deferred.length === 0) return;
    const index = this.log.committed;
    if (this.tracker.config.isOnlyVoter(this.id)) {
      for (const { from, requestId } of deferred) this.answerRead(from, requestId, index);
      return;
    }
    const shared = this.reads.openRound();
    for (const { from, requestId } of deferred) this.reads.add(from, requestId, index, shared);
    this.sendReadRound(shared);
  }

  private sendReadRound(round: number): void {
    const self = this.tracker.get(this.id);
    if (self !== undefined) self.ackedRound = round;
    this.broadcastHeartbeat(round);
  }

  private answerConfirmedReads(): void {
    if (this.reads.latestRound() === 0) return;
    const confirmed = this.reads.confirm(this.tracker.confirmedRound());
    for (const { from, requestId, index } of confirmed) this.answerRead(from, requestId, index);
  }

  private answerRead(to: ProcessId, requestId: number, index: LogIndex): void {
    if (to === this.id) {
      this.readStates.push({ index, requestId });
      return;
    }
    const m = this.newMessage('MsgReadIndexResp', to);
    m.index = index;
    m.context = requestId;
    this.messages.push(m);
  }

  // --- leaders: transfer -----------------------------------------------------------------------

  private handleTransferLeader(to: ProcessId): void {
    const pr = this.tracker.get(to);
    if (pr === undefined || pr.isLearner) return;
    if (to === this.leadTransferee) return;
    // A new order replaces the one under way, also with "stay".
    this.leadTransferee = NO_ONE;
    if (to === this.id) return;
    // It should be done within one election timeout.
    this.electionElapsed = 0;
    this.leadTransferee = to;
    if (pr.match === this.log.lastIndex()) this.sendTimeoutNow(to);
    else this.sendAppend(pr, true);
  }

  private sendTimeoutNow(to: ProcessId): void {
    this.messages.push(this.newMessage('MsgTimeoutNow', to));
  }

  // --- small parts -----------------------------------------------------------------------------

  private newMessage(type: MessageType, to: ProcessId): Message {
    const m = new Message(type, to, this.id);
    m.term = this.term;
    return m;
  }

  private hardStateChanged(): boolean {
    return (
      this.log.committed !== this.handedCommit ||
      this.term !== this.handedTerm ||
      this.vote !== this.handedVote
    );
  }
}

function sizeOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  return bytes;
}
