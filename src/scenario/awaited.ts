// Sees in the members what faults can wait for. Looks only if the plan has such faults; elections are seen elsewhere.
// Not here: which fault is set off (fault-schedule.ts).

import type { LogIndex, ProcessId } from '../base/ids.js';
import type { MemberView } from '../check/view.js';
import type { NodeMessage } from '../node/messages.js';
import { Message } from '../raft/raftpb.js';
import type { Awaited, Plan } from './plan.js';

export class AwaitedEvents {
  /** Whether anything waits for what this class sees. */
  readonly wanted: boolean;
  private readonly happened: (event: Awaited, it: ProcessId) => void;
  private readonly lastIndexes = new Map<ProcessId, LogIndex>();
  private readonly appliedIndexes = new Map<ProcessId, LogIndex>();
  private readonly restarted = new Set<ProcessId>();

  constructor(plan: Plan, happened: (event: Awaited, it: ProcessId) => void) {
    this.wanted = plan.faults.some(
      ({ waitFor }) => waitFor !== undefined && waitFor.event !== 'election',
    );
    this.happened = happened;
  }

  booted(id: ProcessId, incarnation: number): void {
    if (incarnation > 1) {
      this.restarted.add(id);
      if (this.wanted) this.happened('boot', id);
    }
    this.lastIndexes.delete(id);
    this.appliedIndexes.delete(id);
  }

  /** A member runs, and something has entered it. */
  observe({ id, lastIndex, appliedIndex }: MemberView): void {
    if (this.restarted.delete(id)) this.happened('restart', id);
    const lastBefore = this.lastIndexes.get(id);
    if (lastBefore !== lastIndex) {
      this.lastIndexes.set(id, lastIndex);
      if (lastBefore !== undefined && lastIndex > lastBefore) this.happened('append', id);
    }
    const appliedBefore = this.appliedIndexes.get(id);
    if (appliedBefore !== appliedIndex) {
      this.appliedIndexes.set(id, appliedIndex);
      if (appliedBefore !== undefined) this.happened('apply', id);
    }
  }

  sent(from: ProcessId, to: ProcessId, message: NodeMessage): void {
    if (message instanceof Message) {
      const promises = message.type === 'MsgAppResp' || message.type === 'MsgVoteResp';
      if (promises && !message.reject) this.happened('promise', from);
    } else if (message.kind === 'snapshot-chunk' && message.offset === 0) {
      this.happened('snapshot', to);
    } else if (message.kind === 'log-request') {
      this.happened('repair', from);
    }
  }
}
