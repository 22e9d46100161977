// Bugs planted in the write-ahead log, in snapshots and in the store.

import type { HiddenMutant, Mutant } from './mutant.js';

const WAL = 'storage/wal/wal.ts';
const RECOVER = 'storage/wal/recover.ts';
const SNAPSHOTS = 'storage/snapshot/snapshot-store.ts';

export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    id: 'no-sync-of-the-log',
    bug: 'The log is written but never synced',
    reference: 'NATS 2.12.1 (Jepsen 2025)',
    changes: [
      {
        file: WAL,
        find: 'this.disk.fdatasync(this.fd, this.onFlushed);',
        replace: `this.disk.fsyncDir('wal', this.onFlushed);`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'no-sync-when-only-the-vote-changed',
    bug: 'A batch without entries, with only term and vote, is written but not synced',
    reference: 'etcd #7317, TiKV #1610; V8',
    changes: [
      {
        file: WAL,
        find: 'this.written = { lastIndex, lastTerm, hardState };',
        replace: `const stateOnly = this.written.lastIndex === lastIndex;
    this.written = { lastIndex, lastTerm, hardState };`,
      },
      {
        file: WAL,
        find: 'this.disk.fdatasync(this.fd, this.onFlushed);',
        replace: `if (stateOnly) this.disk.fsyncDir('wal', this.onFlushed);
    else this.disk.fdatasync(this.fd, this.onFlushed);`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'sync-error-swallowed',
    bug: 'A failed sync is taken for a good one',
    reference: 'fsyncgate 2018; V19',
    changes: [
      {
        file: 'storage/wal/disk-io.ts',
        find: `  if (error !== null)
    throw new FailStop('disk-sync'`,
        replace: `  if (error !== null && what === '')
    throw new FailStop('disk-sync'`,
      },
    ],
    scenario: 'fsync-fault',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 50,
  },
  {
    id: 'sync-error-retried',
    bug: 'A failed sync of the log is tried again, and the second answer believed',
    reference: 'ATC 2020, "Can applications recover from fsync failures?"; V19',
    changes: [
      {
        file: WAL,
        find: `expectSynced(error, 'the write-ahead log');`,
        replace: `if (error !== null) {
      this.disk.fdatasync(this.fd, this.onFlushed);
      return;
    }`,
      },
    ],
    scenario: 'fsync-fault',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 50,
  },
  {
    id: 'torn-tail-eats-committed-entries',
    bug: 'Any damage in the log is taken for a torn tail and cut off',
    reference: 'ZooKeeper and LogCabin, FAST 2018; D1',
    changes: [
      {
        file: RECOVER,
        find: 'for (const batch of this.laterHeaders(broken)) {',
        replace: 'for (const batch of [] as BatchHeader[]) {',
      },
      {
        file: RECOVER,
        find: 'if (proof !== null || this.gap || this.durableThrough > this.sequence) this.fallBackOn(proof);',
        replace: 'if (this.sequence < 0) this.fallBackOn(proof);',
      },
    ],
    scenario: 'bit-rot',
    caughtBy: ['RECOVERY-KEEPS-PROMISES'],
    seedsMax: 300,
  },
  {
    id: 'torn-tail-refused',
    bug: 'A tail torn by a power loss is taken for corruption',
    reference: 'etcd #5230, #14098; S7',
    changes: [
      {
        file: RECOVER,
        find: 'const confirmed = this.durableThrough === this.sequence;',
        replace: `const confirmed = this.durableThrough === this.sequence;
    if (this.bytes.subarray(this.at).some((byte) => byte !== 0)) throw corrupt('a torn tail');`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 300,
  },
  {
    id: 'log-checksum-ignored',
    bug: 'Records are believed without looking at their checksum',
    reference: 'FAST 2017, "Redundancy does not imply fault tolerance"; V9',
    changes: [
      {
        file: RECOVER,
        find: `crc32c(this.bytes, batch.previousChain, batch.start + BATCH_HEADER_BYTES, batch.end) ===
        batch.chain`,
        replace: 'batch.chain >= 0',
      },
    ],
    scenario: 'bit-rot',
    caughtBy: ['PROCESS-NO-CRASH', 'RAFT-STATE-MACHINE-SAFETY', 'RAFT-LOG-MATCHING'],
    note: 'Damaged bytes mostly make no sense, and the decoder says so.',
    seedsMax: 300,
  },
  {
    id: 'recovery-trusts-the-page-cache',
    bug: 'What recovery reads is believed durable without writing it again',
    reference: 'ATC 2020, false failures',
    changes: [
      {
        file: RECOVER,
        find: '  rewriteTail(disk, fd, bytes, rewriteFrom, zeroFrom);',
        replace: '  if (rewriteFrom < 0) rewriteTail(disk, fd, bytes, rewriteFrom, zeroFrom);',
      },
    ],
    scenario: 'fsync-fault',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RAFT-COMMIT-ON-QUORUM', 'RECOVERY-KEEPS-PROMISES'],
    seedsMax: 100,
  },
  {
    id: 'segment-used-before-its-name-is-durable',
    bug: 'A new segment is used before the rename that names it is synced',
    reference: 'etcd #6368',
    changes: [
      {
        file: WAL,
        find: 'syncDirectory(this.disk, WAL_DIRECTORY, () =>',
        replace: 'syncData(this.disk, spare.fd, WAL_DIRECTORY, () =>',
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RAFT-COMMIT-ON-QUORUM', 'RECOVERY-KEEPS-PROMISES'],
    seedsMax: 100,
  },
  {
    id: 'log-released-before-the-snapshot-is-durable',
    bug: 'Old segments go, and the marker counts, before the snapshot that replaces them is durable',
    reference: 'etcd #10219; H8',
    changes: [
      {
        file: 'storage/storage.ts',
        find: 'this.snapshots.save(metadata, data, () => {',
        replace: `this.wal.adoptMarker(metadata);
    this.wal.release(metadata.index);
    this.snapshots.save(metadata, data, () => {`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['PROCESS-REPAIR-EXCUSED', 'PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 1000,
  },
  {
    id: 'snapshot-file-not-synced',
    bug: 'A snapshot is renamed into place without a sync of its content',
    reference: 'OSDI 2014, "All file systems are not created equal"',
    changes: [
      {
        file: SNAPSHOTS,
        find: 'syncTwice(disk, fd, temporary, () => {',
        replace: 'syncDirectory(disk, SNAPSHOT_DIRECTORY, () => {',
      },
    ],
    scenario: 'everything',
    caughtBy: ['PROCESS-REPAIR-EXCUSED', 'PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 1000,
  },
  {
    id: 'snapshot-name-not-synced',
    bug: 'A snapshot counts before the rename that names it is synced',
    reference: 'OSDI 2014, "All file systems are not created equal"',
    changes: [
      {
        file: SNAPSHOTS,
        find: 'syncDirectory(disk, SNAPSHOT_DIRECTORY, () => {',
        replace: `syncDirectory(disk, 'wal', () => {`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['PROCESS-REPAIR-EXCUSED', 'PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 1000,
  },
  {
    id: 'snapshot-checksum-ignored',
    bug: 'A snapshot is restored without looking at its checksums',
    reference: 'FAST 2017, "Redundancy does not imply fault tolerance"; NuRaft #185; V18',
    changes: [
      {
        file: 'storage/snapshot/snapshot-file.ts',
        find: '    if (reader.u32() !== crc) return null;',
        replace: '    reader.u32();',
      },
      {
        file: 'storage/snapshot/snapshot-file.ts',
        find: 'if (reader.u32() !== FOOTER_MAGIC || reader.u32() !== crc) return null;',
        replace: 'reader.raw(8);',
      },
    ],
    scenario: 'bit-rot',
    caughtBy: ['PROCESS-NO-CRASH', 'STORE-EQUAL-AT-EQUAL-INDEX'],
    note: 'Damaged bytes mostly make no sense, and the decoder says so.',
    seedsMax: 300,
  },
  {
    id: 'missing-entries-end-the-log',
    bug: 'A member with damaged entries starts with the log before them, and votes',
    reference: 'FAST 2018, "Protocol-Aware Recovery", Truncate; atlas A10',
    changes: [
      {
        file: 'storage/storage.ts',
        find: 'const slots = slotsAfter(replay, chosen);',
        replace: `const slots = slotsAfter(replay, chosen);
    if (slots.includes(null)) slots.length = slots.indexOf(null);`,
      },
    ],
    scenario: 'atlas/damaged-log',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'PROCESS-NO-CRASH'],
    seedsMax: 100,
  },
  {
    id: 'a-lost-file-goes-unnoticed',
    bug: 'The newest segment can vanish without a trace',
    reference: 'FAST 2018, "Protocol-Aware Recovery", metadata faults; atlas A22',
    changes: [
      {
        file: RECOVER,
        find: 'if (isSealed(last.bytes, name.sequence)) {',
        replace: 'if (isSealed(last.bytes, -1)) {',
      },
    ],
    scenario: 'atlas/lost-files',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'RAFT-LEADER-COMPLETENESS', 'PROCESS-NO-CRASH'],
    seedsMax: 100,
  },
  {
    id: 'a-member-that-has-forgotten-goes-on',
    bug: 'A leader says that this member had more than it has, and it takes no notice',
    reference: 'atlas A19, A20; B12',
    changes: [
      {
        file: 'node/member.ts',
        find: 'if (heartbeat.commit <= lastIndex) return;',
        replace: 'if (heartbeat.commit >= 0 || lastIndex < 0) return;',
      },
    ],
    scenario: 'atlas/earlier-disk',
    caughtBy: ['PROCESS-NO-CRASH'],
    note: 'Raft would commit what it does not have, and its log says so.',
    seedsMax: 50,
  },
  {
    id: 'only-an-empty-log-is-suspicious',
    bug: 'A member notices that its disk has forgotten what it acknowledged only if nothing is left',
    reference: 'atlas A19',
    changes: [
      {
        file: 'node/member.ts',
        find: 'if (heartbeat.commit <= lastIndex) return;',
        replace: 'if (heartbeat.commit <= lastIndex || lastIndex > 0) return;',
      },
    ],
    scenario: 'atlas/lying-disk',
    caughtBy: ['PROCESS-NO-CRASH', 'LIVENESS-CONVERGES', 'RAFT-LOG-MATCHING'],
    note: 'Raft would commit what it does not have, and its log says so.',
    seedsMax: 300,
  },
  {
    id: 'a-damaged-vote-is-forgotten',
    bug: 'A member whose newest vote is damaged beyond repair starts with the vote before it',
    reference: 'FAST 2018, "Protocol-Aware Recovery", metainfo; atlas A13',
    changes: [
      {
        file: RECOVER,
        find: '    if (proof === null) {\n      throw corrupt(',
        replace:
          '    if (proof === null) {\n      if (this.sequence >= 0) return;\n      throw corrupt(',
      },
    ],
    scenario: 'atlas/hard-state',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'RAFT-ONE-VOTE', 'RAFT-MONOTONE'],
    seedsMax: 200,
  },
  {
    id: 'the-other-copy-of-the-vote-ignored',
    bug: 'After damage the hard state is the last one that can be read, whatever later headers repeat',
    reference: 'FAST 2018, "Protocol-Aware Recovery", metainfo; atlas A12',
    changes: [
      {
        file: 'storage/wal/replay.ts',
        find: '    this.hardState = hardState;\n    if (lastIndex',
        replace: '    if (lastIndex',
      },
    ],
    scenario: 'atlas/hard-state',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'RAFT-ONE-VOTE', 'RAFT-MONOTONE', 'PROCESS-NO-CRASH'],
    note: 'Raft refuses to start with a log of a later term than its hard state.',
    seedsMax: 200,
  },
  {
    id: 'a-wrong-reading-is-believed',
    bug: 'The log is read once, and what looks like its end is its end',
    reference: 'atlas A17',
    changes: [
      {
        file: RECOVER,
        find: 'if (!(first instanceof FailStop) && !first.replay.damaged) {',
        replace:
          'if (!(first instanceof FailStop)) return first;\n  if (!(first instanceof FailStop)) {',
      },
    ],
    scenario: 'atlas/stale-hard-state',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'PROCESS-REPAIR-EXCUSED', 'PROCESS-NO-CRASH'],
    seedsMax: 300,
  },
  {
    id: 'the-staler-of-two-readings-counts',
    bug: 'Of two readings of the log that differ the one that finds less is believed',
    reference: 'atlas A18',
    changes: [
      {
        file: RECOVER,
        find: 'return first.tail.sequence > second.tail.sequence ? first : second;',
        replace: 'return first.tail.sequence < second.tail.sequence ? first : second;',
      },
    ],
    scenario: 'atlas/stale-hard-state',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'PROCESS-REPAIR-EXCUSED', 'PROCESS-NO-CRASH'],
    seedsMax: 300,
  },
  {
    id: 'a-long-queue-is-taken-for-written',
    bug: 'What waits for a slow disk is acknowledged at once when too much waits already',
    reference: 'atlas A21',
    changes: [
      {
        file: WAL,
        find: '      this.pendingDone.push(done);\n      if (!this.busy) this.flush();',
        replace:
          '      if (this.pendingDone.length < 16) this.pendingDone.push(done);\n      else done();\n      if (!this.busy) this.flush();',
      },
    ],
    scenario: 'atlas/slow-disks',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 300,
  },
  {
    id: 'a-durable-batch-is-cut-off',
    bug: 'A batch that was durable for sure, and of which nothing tells what it held, ends the log',
    reference: 'FAST 2018, "Protocol-Aware Recovery", Truncate; atlas A13',
    changes: [
      {
        file: RECOVER,
        find: 'if (proof !== null || this.gap || this.durableThrough > this.sequence) this.fallBackOn(proof);',
        replace: 'if (proof !== null) this.fallBackOn(proof);',
      },
    ],
    scenario: 'atlas/hard-state',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'RAFT-ONE-VOTE', 'PROCESS-NO-CRASH'],
    seedsMax: 200,
  },
  {
    id: 'a-torn-header-proves-nothing',
    bug: 'What the header of a torn batch proves durable, and is damaged, is cut off',
    reference:
      'FAST 2018, "Protocol-Aware Recovery", Truncate; docs/FAULT-ATLAS.md, why the repair is safe, 1',
    changes: [
      {
        file: RECOVER,
        find: 'if (proof !== null || this.gap || this.durableThrough > this.sequence) this.fallBackOn(proof);',
        replace:
          'if (proof === null && (this.gap || this.durableThrough > this.sequence)) this.fallBackOn(proof);',
      },
    ],
    scenario: 'atlas/torn-tail',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'PROCESS-NO-CRASH'],
    seedsMax: 100,
  },
  {
    id: 'the-older-of-two-proofs-counts',
    bug: 'Of two headers that prove more durable than is left, the first is believed instead of the last',
    reference: 'docs/FAULT-ATLAS.md, why the repair is safe, 1',
    changes: [
      {
        file: RECOVER,
        find: 'if (proof === null || batch.sequence > proof.sequence) proof = batch;',
        replace: 'proof ??= batch;',
      },
    ],
    scenario: 'atlas/torn-tail',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'PROCESS-NO-CRASH'],
    seedsMax: 200,
  },
  {
    id: 'the-proof-is-wiped-first',
    bug: 'The header that alone proves what is damaged is overwritten before another batch proves it',
    reference: 'found here by atlas-torn-tail; docs/FAULT-ATLAS.md, why the repair is safe, 5',
    changes: [
      {
        file: RECOVER,
        find: 'zeroFrom: Math.max(this.at, this.proofEnd),',
        replace: 'zeroFrom: this.at,',
      },
    ],
    note: 'Until the repair is done nothing else is written, and a crash meanwhile finds what looks like a torn write.',
    scenario: 'atlas/torn-tail',
    caughtBy: ['RECOVERY-KEEPS-PROMISES', 'LIVENESS-CONVERGES'],
    seedsMax: 200,
  },
  {
    id: 'what-a-lost-batch-replaced-comes-back',
    bug: 'Entries before a damaged batch count as they stand, though it may have replaced them',
    reference:
      'FAST 2018, "Protocol-Aware Recovery"; docs/FAULT-ATLAS.md, why the repair is safe, 1',
    changes: [
      {
        file: 'storage/wal/replay.ts',
        find: 'return Math.min(this.lastIndex, this.hardState.commit);',
        replace: 'return this.lastIndex;',
      },
    ],
    scenario: 'atlas/damaged-rewrites',
    caughtBy: ['RAFT-LOG-MATCHING', 'RAFT-STATE-MACHINE-SAFETY', 'RECOVERY-KEEPS-PROMISES'],
    seedsMax: 100,
  },
  {
    id: 'a-repair-keeps-what-a-leader-replaced',
    bug: 'A member that gives up entries because the leader lacks them keeps those before the hole',
    reference: 'docs/FAULT-ATLAS.md, why the repair is safe, 4',
    changes: [
      {
        file: 'storage/log-repair.ts',
        find: 'const kept = Math.max(this.baseIndex, Math.min(gap.from - 1, this.hardState.commit));',
        replace: 'const kept = Math.max(this.baseIndex, gap.from - 1);',
      },
    ],
    scenario: 'atlas/damaged-rewrites',
    caughtBy: ['RAFT-LOG-MATCHING', 'RAFT-STATE-MACHINE-SAFETY', 'LIVENESS-CONVERGES'],
    seedsMax: 500,
  },
  {
    id: 'repair-follows-anyone',
    bug: 'A member with holes gives up entries because a peer lacks them that does not lead',
    reference: 'docs/FAULT-ATLAS.md, why the repair is safe, 4',
    changes: [
      {
        file: 'node/log-recovery.ts',
        find: '} else if (part.ledTerm > 0 && part.ledTerm >= this.log.hardState.term) {',
        replace: '} else if (part.lastIndex > 0) {',
      },
    ],
    scenario: 'atlas/damaged-rewrites',
    caughtBy: ['LIVENESS-CONVERGES', 'RECOVERY-KEEPS-PROMISES', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 1000,
  },
  {
    id: 'log-released-beyond-its-snapshot',
    bug: 'A segment goes with entries in it that no snapshot covers yet',
    reference: 'etcd #10219; H8',
    changes: [
      {
        file: WAL,
        find: 'const limit = Math.min(index, newestMarker.index);',
        replace: 'const limit = Math.min(index, newestMarker.index) + 8;',
      },
    ],
    scenario: 'bit-rot',
    caughtBy: ['PROCESS-REPAIR-EXCUSED', 'PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 200,
  },
  {
    id: 'directory-sync-error-swallowed',
    bug: 'A failed fsync of a directory counts as done',
    reference: 'fsyncgate 2018; OSDI 2014, "All file systems are not created equal"; V19',
    changes: [
      {
        file: 'storage/wal/disk-io.ts',
        find: `    expectSynced(error, \`directory \${path}\`);\n`,
        replace: '',
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND', 'PROCESS-REPAIR-EXCUSED', 'RECOVERY-KEEPS-PROMISES'],
    seedsMax: 200,
  },
  {
    id: 'names-in-the-cache-are-trusted',
    bug: 'A member that was killed does not sync the directories whose names it finds',
    reference: 'OSDI 2014, "All file systems are not created equal"; atlas A3',
    changes: [
      {
        file: RECOVER,
        find: `    syncDirectory(disk, WAL_DIRECTORY, () => {
      syncDirectory(disk, ROOT_DIRECTORY, () => then({ offset: cut, segmentSize: bytes.length }));
    });`,
        replace: '    then({ offset: cut, segmentSize: bytes.length });',
      },
    ],
    scenario: 'fsync-fault',
    caughtBy: ['DURABLE-BEFORE-SEND', 'RECOVERY-KEEPS-PROMISES', 'PROCESS-FAIL-STOP-EXCUSED'],
    seedsMax: 200,
  },
  {
    id: 'short-write-taken-for-whole',
    bug: 'What a short write left out is not written',
    reference: 'write(2): fewer bytes may be written than asked for; atlas A8',
    changes: [
      {
        file: 'storage/wal/disk-io.ts',
        find: '    written += count;',
        replace: '    written += length;',
      },
    ],
    scenario: 'atlas/no-space',
    caughtBy: ['DURABLE-BEFORE-SEND', 'PROCESS-REPAIR-EXCUSED', 'RECOVERY-KEEPS-PROMISES'],
    seedsMax: 100,
  },
  {
    id: 'compaction-drops-the-newest-version',
    bug: 'Compaction drops a live value that has not changed since',
    reference: 'etcd #17780, #22376; M1, M2',
    changes: [
      {
        file: 'storage/mvcc/key-index.ts',
        find: ': i === reached - 1;',
        replace: ': i === reached - 1 && reached < versions.length;',
      },
    ],
    scenario: 'calm',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'txn-partially-applied',
    bug: 'One member carries out only the first operation of a transaction',
    reference: 'etcd #18679; S10, M4',
    changes: [
      {
        file: 'node/member.ts',
        find: 'this.store.apply(request)',
        replace: `this.store.apply(
      request.kind === 'txn' && this.config.id === 1
        ? { ...request, success: request.success.slice(0, 1) }
        : request,
    )`,
      },
    ],
    scenario: 'calm',
    caughtBy: ['STORE-EQUAL-AT-EQUAL-INDEX'],
    seedsMax: 20,
  },
];

export const HIDDEN_STORAGE_MUTANTS: readonly HiddenMutant[] = [
  {
    id: 'stale-bytes-behind-a-repaired-tail',
    bug: 'What lies behind the last good record is left there when the log is opened again',
    reference: 'etcd wal.go, ZeroToEnd; H6',
    changes: [
      { file: RECOVER, find: 'writeZeros(disk, fd, zeroFrom, bytes.length);', replace: '' },
    ],
    because: `One batch is in flight at a time, so a crash leaves at most one torn batch behind the cut, and
the next batch overwrites its header. What may stay of it is payload, and a batch is read only where the one
before it ends, if its header carries the next sequence number and the checksum chain so far: payload passes
for that only if a client wrote an image of this very log. Zeroing is the second line of defence.`,
    scenario: 'crash-storm',
  },
];
