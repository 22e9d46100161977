// Harmless refactorings that change what is drawn: how often, in which order, or what a draw means. To the node and
// the simulator each is as good as the original; every seed means another run with it.

import type { Change } from './mutant.js';

export interface Refactoring {
  readonly id: string;
  readonly changes: readonly Change[];
}

const TIMEOUT = 'electionTick + random.below(electionJitter);';

export const REFACTORINGS: readonly Refactoring[] = [
  {
    id: 'timeouts-counted-from-the-other-end',
    changes: [
      {
        file: 'raft/raft.ts',
        find: TIMEOUT,
        replace: 'electionTick + electionJitter - 1 - random.below(electionJitter);',
      },
    ],
  },
  {
    id: 'one-more-draw-for-a-timeout',
    changes: [
      {
        file: 'raft/raft.ts',
        find: '    this.uncommittedSize = 0;\n    this.reads.reset();',
        replace: '    random.int32();\n    this.uncommittedSize = 0;\n    this.reads.reset();',
      },
    ],
  },
  {
    id: 'the-draws-of-a-message-in-another-order',
    changes: [
      {
        file: 'sim/network.ts',
        find: 'const first = random.int32();\n    const second = random.int32();',
        replace: 'const second = random.int32();\n    const first = random.int32();',
      },
    ],
  },
  {
    id: 'the-keys-of-a-disk-in-another-order',
    changes: [
      {
        file: 'sim/disk.ts',
        find: 'this.crashKey = keys.int32();\n    this.killKey = keys.int32();',
        replace: 'this.killKey = keys.int32();\n    this.crashKey = keys.int32();',
      },
    ],
  },
  {
    id: 'every-stream-drawn-anew',
    changes: [
      {
        file: 'base/random.ts',
        find: 'export const STREAM_FORMAT = 1;',
        replace: 'export const STREAM_FORMAT = 2;',
      },
    ],
  },
];
