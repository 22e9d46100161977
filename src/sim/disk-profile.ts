// The five file systems a simulated disk can imitate, as rules. Not here: the code that follows them.
// What the rules leave open after a power loss is decided by keyed choices (disk-crash.ts).

/** Four Linux file systems, and `alice`, which may do everything POSIX permits (OSDI'14). */
export type DiskProfile = 'ext4-ordered' | 'xfs' | 'btrfs' | 'ext4-journal' | 'alice';

export interface ProfileRules {
  /**
   * A file that grew and lost power: what may lie between its old and its new end.
   * `never`: the size is persisted only after the data; `zeros`: pages that were not persisted read as
   * zeros; `garbage`: they may read as anything.
   */
  readonly grownRange: 'never' | 'zeros' | 'garbage';
  /**
   * Which un-synced namespace operations survive. `journaled`: a prefix of all of them; `subset`: any
   * set in which the operations on one name keep their order.
   */
  readonly namespace: 'journaled' | 'subset';
  /**
   * What a failed sync leaves behind (ATC'20, Rebello et al.). `generic`: the cache keeps the new pages
   * and calls them clean, each may or may not be on the media, sizes are persisted; `revert`: the cache
   * falls back to the media; `delayed`: as generic, but this sync reports success and the next one fails
   * and writes nothing.
   */
  readonly syncError: 'generic' | 'revert' | 'delayed';
}

export const PROFILE_RULES: Readonly<Record<DiskProfile, ProfileRules>> = {
  'ext4-ordered': {
    grownRange: 'never',
    namespace: 'journaled',
    syncError: 'generic',
  },
  xfs: { grownRange: 'zeros', namespace: 'journaled', syncError: 'generic' },
  btrfs: { grownRange: 'never', namespace: 'subset', syncError: 'revert' },
  'ext4-journal': {
    grownRange: 'never',
    namespace: 'journaled',
    syncError: 'delayed',
  },
  alice: { grownRange: 'garbage', namespace: 'subset', syncError: 'generic' },
};

/** All of them. */
export const DISK_PROFILES: readonly DiskProfile[] = [
  'ext4-ordered',
  'xfs',
  'btrfs',
  'ext4-journal',
  'alice',
];
