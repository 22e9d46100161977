// Finds out which marks a run reaches, from its trace, event by event.

import type { TraceEvent, TraceSink } from '../../base/trace.js';
import { ClusterTrace } from './cluster-trace.js';
import { MARKS, type Mark } from './marks.js';

export class MarkCollector {
  private readonly cluster = new ClusterTrace();
  private readonly found = new Set<string>();
  private open: readonly Mark[] = MARKS;

  readonly sink: TraceSink = (event: TraceEvent) => {
    const { cluster, found } = this;
    cluster.take(event);
    for (const mark of this.open) if (mark.reached(event, cluster)) found.add(mark.id);
    if (found.size !== MARKS.length - this.open.length) {
      this.open = MARKS.filter(({ id }) => !found.has(id));
    }
  };

  /** Ids in the order of {@link MARKS}. */
  reached(): string[] {
    return MARKS.filter(({ id }) => this.found.has(id)).map(({ id }) => id);
  }
}
