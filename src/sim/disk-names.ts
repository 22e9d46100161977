// The name space of the simulated disk: the tree that processes see, the tree that is durable, and the
// ordered list of operations between them. Not here: file content (disk-file.ts).
// Keeps: a rename is atomic, and operations on one name never trade places.

import { mix } from '../base/hash.js';
import { DiskError } from '../ports/disk.js';
import { choose } from './disk-choice.js';
import { SimFile } from './disk-file.js';

export class Directory {
  readonly id: number;
  label: string;
  /** What processes see. */
  entries = new Map<string, Node>();
  /** What a power loss leaves at least. */
  durable = new Map<string, Node>();
  /** When the last sync issued will complete. */
  lastSyncAtUs = 0;

  constructor(id: number, label: string) {
    this.id = id;
    this.label = label;
  }

  child(name: string): string {
    return this.label === '' ? name : `${this.label}/${name}`;
  }
}

export type Node = SimFile | Directory;

/** A name in a directory gets a node, or loses it. */
interface NameEffect {
  readonly directory: Directory;
  readonly name: string;
  readonly node: Node | null;
}

/** Creation, rename or unlink: its effects become durable together. */
interface NameOperation {
  readonly seq: number;
  readonly effects: readonly NameEffect[];
  /** A renamed file, and how many effects it had seen by then. */
  readonly renamed: { readonly file: SimFile; readonly seq: number } | null;
}

/** A place where a name is or could be. */
export interface Place {
  readonly directory: Directory;
  readonly name: string;
  readonly node: Node | undefined;
}

export class NameSpace {
  readonly root = new Directory(0, '');
  private readonly journaled: boolean;
  private pending: NameOperation[] = [];
  private directoryCount = 1;
  /** Ordinal of the next operation. */
  nextSeq = 0;
  private durableFiles = new Map<string, SimFile | null>();

  /** `journaled`: un-synced operations survive as a prefix, otherwise as any consistent subset. */
  constructor(journaled: boolean) {
    this.journaled = journaled;
  }

  /** Where `path` is or would be. Throws ENOENT without a parent directory. O(depth). */
  find(path: string, operation: string): Place {
    let directory = this.root;
    let from = 0;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      const next = directory.entries.get(path.slice(from, slash));
      if (!(next instanceof Directory)) throw new DiskError('ENOENT', operation, path);
      directory = next;
      from = slash + 1;
    }
    const name = path.slice(from);
    return { directory, name, node: directory.entries.get(name) };
  }

  /** Throws ENOENT. The empty path and `.` name the root. */
  directory(path: string, operation: string): Directory {
    if (path === '' || path === '.') return this.root;
    const { node } = this.find(path, operation);
    if (!(node instanceof Directory)) throw new DiskError('ENOENT', operation, path);
    return node;
  }

  link(directory: Directory, name: string, node: Node): void {
    directory.entries.set(name, node);
    this.record([{ directory, name, node }], null);
  }

  makeDirectory(parent: Directory, name: string): void {
    this.link(parent, name, new Directory(this.directoryCount++, parent.child(name)));
  }

  unlink(directory: Directory, name: string): void {
    directory.entries.delete(name);
    this.record([{ directory, name, node: null }], null);
  }

  rename(from: Place, to: Place): void {
    const node = from.node!;
    from.directory.entries.delete(from.name);
    to.directory.entries.set(to.name, node);
    relabel(node, to.directory.child(to.name));
    this.record(
      [
        { directory: to.directory, name: to.name, node },
        { directory: from.directory, name: from.name, node: null },
      ],
      node instanceof SimFile ? { file: node, seq: node.nextSeq } : null,
    );
  }

  /** Whether an operation before `coveredSeq` on this directory is not durable. */
  hasPendingBefore(directory: Directory, coveredSeq: number): boolean {
    return this.pending.some((op) => op.seq < coveredSeq && touches(op, directory));
  }

  /** A sync of `directory`: its operations before `coveredSeq` become durable, with all they depend on. */
  persist(directory: Directory, coveredSeq: number): void {
    const { pending } = this;
    const taken = new Set<NameOperation>();
    const names = new Set<string>();
    for (let i = pending.length - 1; i >= 0; i--) {
      const op = pending[i]!;
      if (op.seq >= coveredSeq) continue;
      const needed = this.journaled
        ? taken.size > 0
        : op.effects.some((effect) => names.has(nameKey(effect)));
      if (!needed && !touches(op, directory)) continue;
      taken.add(op);
      if (!this.journaled) for (const effect of op.effects) names.add(nameKey(effect));
    }
    if (taken.size === 0) return;
    for (const op of pending) {
      if (!taken.has(op)) continue;
      apply(op);
      if (op.renamed !== null && op.renamed.file.nextSeq === op.renamed.seq) {
        op.renamed.file.confirmAll();
      }
    }
    this.pending = pending.filter((op) => !taken.has(op));
    this.durableFiles.clear();
  }

  /** Power is lost: some of the pending operations survive, and the durable tree is all there is. */
  losePower(key: number): string | null {
    const { pending } = this;
    let survivors = 0;
    if (this.journaled) {
      survivors = choose(key, 0, pending.length + 1);
      for (let i = 0; i < survivors; i++) apply(pending[i]!);
    } else {
      const dropped = new Set<string>();
      for (let i = 0; i < pending.length; i++) {
        const op = pending[i]!;
        const names = op.effects.map(nameKey);
        if (names.some((name) => dropped.has(name)) || choose(mix(key, i), 0, 2) === 0) {
          for (const name of names) dropped.add(name);
        } else {
          apply(op);
          survivors++;
        }
      }
    }
    const total = pending.length;
    this.pending = [];
    this.durableFiles.clear();
    this.walkDurable(this.root, (directory) => {
      directory.entries = new Map(directory.durable);
      directory.lastSyncAtUs = 0;
    });
    return total === 0 ? null : `${survivors} of ${total} name operations survived`;
  }

  /** The file at `path` if the cached and the durable tree agree on it, for good. O(1) when asked again. */
  durableFile(path: string): SimFile | null {
    const known = this.durableFiles.get(path);
    if (known !== undefined) return known;
    const found = this.lookUpDurable(path);
    this.durableFiles.set(path, found);
    return found;
  }

  /** What the durable tree has at `path`. */
  durableNode(path: string): Node | null {
    let node: Node = this.root;
    if (path === '' || path === '.') return node;
    for (const part of path.split('/')) {
      if (!(node instanceof Directory)) return null;
      const next: Node | undefined = node.durable.get(part);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  /** Takes a file's name away for good, as a damaged directory does. */
  vanish(path: string): void {
    const { directory, name } = this.find(path, 'vanish');
    directory.entries.delete(name);
    directory.durable.delete(name);
    this.durableFiles.clear();
  }

  /** Gives a file a durable name, or its old one back; its directory has to be there. */
  restoreFile(path: string, file: SimFile): void {
    const { directory, name } = this.find(path, 'restore');
    directory.entries.set(name, file);
    directory.durable.set(name, file);
    this.durableFiles.clear();
  }

  /** Makes a durable directory. */
  restoreDirectory(path: string): void {
    const { directory, name } = this.find(path, 'restore');
    const made = new Directory(this.directoryCount++, path);
    directory.entries.set(name, made);
    directory.durable.set(name, made);
  }

  /** Everything with a durable name, directories (null) before what they hold. */
  walk(visit: (path: string, file: SimFile | null) => void): void {
    const descend = (directory: Directory): void => {
      for (const [name, node] of directory.durable) {
        const path = directory.child(name);
        visit(path, node instanceof SimFile ? node : null);
        if (node instanceof Directory) descend(node);
      }
    };
    descend(this.root);
  }

  /** All files of the cached tree, in the order their names were made. */
  files(): SimFile[] {
    const found: SimFile[] = [];
    const visit = (directory: Directory): void => {
      for (const node of directory.entries.values()) {
        if (node instanceof Directory) visit(node);
        else found.push(node);
      }
    };
    visit(this.root);
    return found;
  }

  private lookUpDurable(path: string): SimFile | null {
    let directory = this.root;
    for (let from = 0; ; ) {
      const slash = path.indexOf('/', from);
      const name = slash < 0 ? path.slice(from) : path.slice(from, slash);
      const node = directory.entries.get(name);
      if (node === undefined || directory.durable.get(name) !== node) return null;
      for (const op of this.pending) if (concerns(op, directory, name)) return null;
      if (slash < 0) return node instanceof SimFile ? node : null;
      if (!(node instanceof Directory)) return null;
      directory = node;
      from = slash + 1;
    }
  }

  private record(effects: NameEffect[], renamed: NameOperation['renamed']): void {
    this.pending.push({ seq: this.nextSeq++, effects, renamed });
    this.durableFiles.clear();
  }

  private walkDurable(directory: Directory, visit: (directory: Directory) => void): void {
    visit(directory);
    for (const [name, node] of directory.durable) {
      if (node instanceof Directory) {
        node.label = directory.child(name);
        this.walkDurable(node, visit);
      } else {
        node.relabel(directory.child(name));
        node.linked = true;
      }
    }
  }
}

function apply(op: NameOperation): void {
  for (const { directory, name, node } of op.effects) {
    if (node === null) directory.durable.delete(name);
    else directory.durable.set(name, node);
  }
}

function touches(op: NameOperation, directory: Directory): boolean {
  return op.effects.some((effect) => effect.directory === directory);
}

function concerns(op: NameOperation, directory: Directory, name: string): boolean {
  return op.effects.some((effect) => effect.directory === directory && effect.name === name);
}

function nameKey(effect: NameEffect): string {
  return `${effect.directory.id}/${effect.name}`;
}

function relabel(node: Node, label: string): void {
  if (node instanceof SimFile) {
    node.relabel(label);
    return;
  }
  node.label = label;
  for (const [name, child] of node.entries) relabel(child, node.child(name));
}
