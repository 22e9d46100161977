// Looks for refusals that no state of an etcd store explains while operations come, and holds none of those
// that were answered. It finds what refusals.ts would, in less time, but for what comes too late in the text.
// Not here: the rules, by which what is found is judged anew (refusals.ts).

import type { ByteString, Micros, Revision } from '../../base/ids.js';
import { ErrCompacted, ErrFutureRev, ErrKeyNotFound } from '../../etcdpb/errors.js';
import type { Operation } from '../history.js';
import { isSerializable } from './models/etcd-answers.js';
import { sameError } from './models/etcd-response.js';
import type { EtcdRequest, EtcdResult } from './objects/etcd.js';
import { mayDelete, revisionsRead } from './refusals.js';

type EtcdOperation = Operation<EtcdRequest, EtcdResult>;

/** So many revisions answered are told apart by their time, and so many refusals judged again at the end. */
const RECENT_MAX = 4096;

export class RefusalWatch {
  /** Compactions asked for. */
  private readonly compactions = new RisingRevisions();
  /** Revisions answered. */
  private readonly answers = new RisingRevisions();
  /** When the first put of a key was answered. */
  private readonly puts = new Map<ByteString, Micros>();
  private firstDeleteUs: Micros = Infinity;
  /** Refusals that nothing so far explains, but what comes may. */
  private readonly suspects: EtcdOperation[] = [];
  /** Refusals that something explains, unless more comes. */
  private recent: EtcdOperation[] = [];
  private outdated: EtcdOperation | null = null;

  add(operation: EtcdOperation): void {
    const { output, outcome } = operation;
    if (outcome !== 'fail') this.learn(operation);
    else if (output !== null && !output.ok) this.look(operation);
  }

  /** A refusal that nothing explains, or null. */
  finish(): EtcdOperation | null {
    const refusals = [...this.suspects, ...this.recent];
    return this.outdated ?? refusals.find((refusal) => !this.isExplained(refusal)) ?? null;
  }

  private learn({ input, output, outcome, callUs, returnUs }: EtcdOperation): void {
    if (input.kind === 'compaction') this.compactions.add(callUs, input.revision);
    if (mayDelete(input)) this.firstDeleteUs = Math.min(this.firstDeleteUs, callUs);
    if (outcome !== 'ok') return;
    if (input.kind === 'put') {
      this.puts.set(input.key, Math.min(this.puts.get(input.key) ?? Infinity, returnUs));
    }
    if (output?.ok !== true || output.response.kind === 'lease') return;
    this.answers.add(returnUs, output.response.revision);
    this.answers.forget(RECENT_MAX);
  }

  private look(refusal: EtcdOperation): void {
    const { output } = refusal;
    if (this.isExplained(refusal)) {
      this.recent.push(refusal);
      if (this.recent.length > 2 * RECENT_MAX) this.recent = this.recent.slice(-RECENT_MAX);
    } else if (output?.ok === false && sameError(output.error, ErrFutureRev)) {
      // That a revision had been answered is so whatever comes.
      this.outdated ??= refusal;
    } else this.suspects.push(refusal);
  }

  private isExplained({ input, output, callUs, returnUs }: EtcdOperation): boolean {
    if (output === null || output.ok) return true;
    const { error } = output;
    if (sameError(error, ErrFutureRev)) {
      if (isSerializable(input)) return true;
      const asked =
        input.kind === 'compaction' ? input.revision : Math.max(...revisionsRead(input));
      const highest = this.answers.highestBefore(callUs);
      return highest === -Infinity || highest < asked;
    }
    if (sameError(error, ErrCompacted)) {
      const needed =
        input.kind === 'compaction' ? input.revision : Math.min(...revisionsRead(input)) + 1;
      return this.compactions.highestBefore(returnUs + 1) >= needed;
    }
    if (!sameError(error, ErrKeyNotFound) || input.kind !== 'put') return true;
    return this.firstDeleteUs <= returnUs || (this.puts.get(input.key) ?? Infinity) >= callUs;
  }
}

/** The highest of revisions up to a moment. Holds those only that are higher than all before. */
class RisingRevisions {
  private entries: { readonly atUs: Micros; readonly revision: Revision }[] = [];

  add(atUs: Micros, revision: Revision): void {
    const { entries } = this;
    let place = entries.length;
    while (place > 0 && entries[place - 1]!.atUs > atUs) place--;
    if (place > 0 && entries[place - 1]!.revision >= revision) return;
    let end = place;
    while (end < entries.length && entries[end]!.revision <= revision) end++;
    entries.splice(place, end - place, { atUs, revision });
  }

  /** Of moments before the last `count` or more nothing is known any more. */
  forget(count: number): void {
    if (this.entries.length > 2 * count) this.entries = this.entries.slice(-count);
  }

  /** -Infinity if there is none. */
  highestBefore(atUs: Micros): Revision {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i]!;
      if (entry.atUs < atUs) return entry.revision;
    }
    return -Infinity;
  }
}
