// Which simquake this is: version, and the commit of its sources where it runs from a checkout.
// Not here: the commit of the project that uses it. A replay depends on simquake's code and the plan.

import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface BuildInfo {
  readonly version: string;
  readonly commit: string | null;
  /** The sources differ from the commit. */
  readonly dirty: boolean;
  readonly node: string;
}

const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

export function packageVersion(): string {
  const text = readFileSync(`${PACKAGE_FOLDER}package.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Asks git, which may be absent: then the commit is null. Costs two processes. */
export function buildInfo(): BuildInfo {
  const version = packageVersion();
  const node = process.version;
  const folder = git(['rev-parse', '--show-toplevel']);
  if (folder === null || realpathSync(folder) !== realpathSync(PACKAGE_FOLDER)) {
    return { version, commit: null, dirty: false, node };
  }
  const commit = git(['rev-parse', 'HEAD']);
  const changes = git(['status', '--porcelain', '--', 'src', 'package-lock.json']);
  return { version, commit, dirty: changes !== '', node };
}

/** For headlines: `9f1c2e7`, with a `+` if the sources differ. */
export function shortCommit(info: Pick<BuildInfo, 'commit' | 'dirty'>): string {
  return info.commit === null ? 'no commit' : info.commit.slice(0, 7) + (info.dirty ? '+' : '');
}

function git(args: readonly string[]): string | null {
  try {
    return execFileSync('git', ['-C', PACKAGE_FOLDER, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
