// The one log that all members agree on: every entry that any member ever called committed, in order,
// with the term in which that happened. Append-only; the judges compare members with it.

import type { LogIndex, Term } from '../base/ids.js';
import type { EntryView } from './view.js';

export class CommittedLog {
  private readonly entries: EntryView[] = [];
  private readonly chains: number[] = [];
  private readonly committedIn: Term[] = [];

  get lastIndex(): LogIndex {
    return this.entries.length;
  }

  /** Undefined above {@link lastIndex}. */
  entry(index: LogIndex): EntryView | undefined {
    return this.entries[index - 1];
  }

  /** Prefix hash through `index`; 0 at index 0. */
  chain(index: LogIndex): number {
    return index === 0 ? 0 : this.chains[index - 1]!;
  }

  append(entry: EntryView, chain: number, term: Term): void {
    this.entries.push(entry);
    this.chains.push(chain);
    this.committedIn.push(term);
  }

  /** The last index committed in a term before `term`. */
  lastCommittedBefore(term: Term): LogIndex {
    let index = this.entries.length;
    while (index > 0 && this.committedIn[index - 1]! >= term) index--;
    return index;
  }
}
