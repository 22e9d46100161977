// The wire format of NodeMessage: a tag, then fields in a fixed order, absent ones left out by a mask.
// Also the format of a proposal, which is what the log replicates. Keeps: decode(encode(m)) equals m.

import { assert } from '../base/assert.js';
import { ByteReader, type ByteWriter, DecodeError, Slab } from '../base/bytes.js';
import type { ByteString } from '../base/ids.js';
import {
  decodeKvRequest,
  decodeKvResult,
  encodeKvRequest,
  encodeKvResult,
} from '../etcdpb/codec.js';
import type { KvRequest } from '../etcdpb/kv.js';
import type { MessageCodec } from '../ports/process.js';
import {
  type ConfState,
  Entry,
  type EntryType,
  MESSAGE_TYPES,
  Message,
  type MessageType,
  type SnapshotMetadata,
} from '../raft/raftpb.js';
import type { NodeMessage } from './messages.js';

const TAG_RAFT = 1;
const TAG_REQUEST = 2;
const TAG_RESPONSE = 3;
const TAG_MOVE_LEADER = 4;
const TAG_SNAPSHOT_CHUNK = 5;
const TAG_SNAPSHOT_ACK = 6;
const TAG_LOG_REQUEST = 7;
const TAG_LOG_PART = 8;
const TAG_SNAPSHOT_REQUEST = 9;

const HAS_LOG_POSITION = 1;
const HAS_ENTRIES = 2;
const HAS_COMMIT = 4;
const HAS_SNAPSHOT = 8;
const HAS_REJECT = 16;
const HAS_CONTEXT = 32;
const HAS_VOTE = 64;
const HAS_TRANSFER = 128;

const TYPE_CODES: ReadonlyMap<MessageType, number> = new Map(
  MESSAGE_TYPES.map((type, code) => [type, code]),
);

/** Encodes and decodes everything that members and clients exchange. Holds no state of its own. */
export class NodeCodec implements MessageCodec<NodeMessage> {
  private readonly slab = new Slab();

  encode(message: NodeMessage, writer: ByteWriter): void {
    if (message instanceof Message) {
      encodeRaftMessage(message, writer);
      return;
    }
    switch (message.kind) {
      case 'request':
        writer.u8(TAG_REQUEST);
        writer.u64(message.id);
        encodeKvRequest(message.request, writer);
        return;
      case 'response':
        writer.u8(TAG_RESPONSE);
        writer.u64(message.id);
        encodeKvResult(message.result, writer);
        return;
      case 'move-leader':
        writer.u8(TAG_MOVE_LEADER);
        writer.u32(message.target);
        return;
      case 'snapshot-chunk':
        writer.u8(TAG_SNAPSHOT_CHUNK);
        writer.u64(message.index);
        writer.u64(message.term);
        writer.u32(message.totalBytes);
        writer.u32(message.totalCrc);
        writer.u32(message.offset);
        writer.bytesField(message.data);
        return;
      case 'snapshot-ack':
        writer.u8(TAG_SNAPSHOT_ACK);
        writer.u64(message.index);
        writer.u64(message.term);
        writer.u32(message.offset);
        writer.u8(message.stored ? 1 : 0);
        return;
      case 'log-request':
        writer.u8(TAG_LOG_REQUEST);
        writer.u64(message.from);
        writer.u64(message.to);
        writer.u64(message.anchorIndex);
        writer.u64(message.anchorTerm);
        writer.u64(message.endIndex);
        writer.u64(message.endTerm);
        return;
      case 'log-part':
        writer.u8(TAG_LOG_PART);
        writer.u64(message.anchorIndex);
        writer.u64(message.anchorTerm);
        encodeEntries(message.entries, writer);
        writer.u8(message.snapshot === null ? 0 : 1);
        if (message.snapshot !== null) encodeSnapshotMetadata(message.snapshot, writer);
        writer.u64(message.ledTerm);
        writer.u64(message.lastIndex);
        writer.u64(message.lastTerm);
        return;
      case 'snapshot-request':
        writer.u8(TAG_SNAPSHOT_REQUEST);
        writer.u64(message.index);
        writer.u64(message.term);
        writer.u32(message.offset);
        return;
    }
  }

  decode(reader: ByteReader): NodeMessage {
    const tag = reader.u8();
    switch (tag) {
      case TAG_RAFT:
        return decodeRaftMessage(reader, this.slab);
      case TAG_REQUEST:
        return { kind: 'request', id: reader.u64(), request: decodeKvRequest(reader) };
      case TAG_RESPONSE:
        return { kind: 'response', id: reader.u64(), result: decodeKvResult(reader) };
      case TAG_MOVE_LEADER:
        return { kind: 'move-leader', target: reader.u32() };
      case TAG_SNAPSHOT_CHUNK:
        return {
          kind: 'snapshot-chunk',
          index: reader.u64(),
          term: reader.u64(),
          totalBytes: reader.u32(),
          totalCrc: reader.u32(),
          offset: reader.u32(),
          data: reader.bytesCopy(this.slab),
        };
      case TAG_SNAPSHOT_ACK:
        return {
          kind: 'snapshot-ack',
          index: reader.u64(),
          term: reader.u64(),
          offset: reader.u32(),
          stored: reader.u8() === 1,
        };
      case TAG_LOG_REQUEST:
        return {
          kind: 'log-request',
          from: reader.u64(),
          to: reader.u64(),
          anchorIndex: reader.u64(),
          anchorTerm: reader.u64(),
          endIndex: reader.u64(),
          endTerm: reader.u64(),
        };
      case TAG_LOG_PART:
        return {
          kind: 'log-part',
          anchorIndex: reader.u64(),
          anchorTerm: reader.u64(),
          entries: decodeEntries(reader, this.slab),
          snapshot: reader.u8() === 1 ? decodeSnapshotMetadata(reader) : null,
          ledTerm: reader.u64(),
          lastIndex: reader.u64(),
          lastTerm: reader.u64(),
        };
      case TAG_SNAPSHOT_REQUEST:
        return {
          kind: 'snapshot-request',
          index: reader.u64(),
          term: reader.u64(),
          offset: reader.u32(),
        };
      default:
        throw new DecodeError(`unknown message tag ${tag}`);
    }
  }

  describe(message: NodeMessage): string {
    if (message instanceof Message) return describeRaftMessage(message);
    switch (message.kind) {
      case 'request':
        return `request ${describeRequest(message.request)}`;
      case 'response':
        return message.result.ok
          ? `response ok rev=${message.result.response.revision}`
          : `response ${message.result.error.message}`;
      case 'move-leader':
        return `move-leader to n${message.target}`;
      case 'snapshot-chunk':
        return `snapshot ${message.term}/${message.index} bytes ${message.offset}+${message.data.length} of ${message.totalBytes}`;
      case 'snapshot-ack':
        return `snapshot-ack ${message.term}/${message.index} ${message.stored ? 'stored' : `to ${message.offset}`}`;
      case 'log-request':
        return `log-request ${message.from}..${message.to} of ${message.anchorTerm}/${message.anchorIndex}`;
      case 'log-part':
        return `log-part ${message.entries.length} entries of ${message.anchorTerm}/${message.anchorIndex}${message.snapshot === null ? '' : `, compacted to ${message.snapshot.index}`}${message.ledTerm === 0 ? '' : `, the leader of term ${message.ledTerm} has none`}`;
      case 'snapshot-request':
        return `snapshot-request ${message.term}/${message.index} from byte ${message.offset}`;
    }
  }
}

function encodeRaftMessage(m: Message, writer: ByteWriter): void {
  let mask = 0;
  if (m.index !== 0 || m.logTerm !== 0) mask |= HAS_LOG_POSITION;
  if (m.entries.length > 0) mask |= HAS_ENTRIES;
  if (m.commit !== 0) mask |= HAS_COMMIT;
  if (m.snapshot !== null) mask |= HAS_SNAPSHOT;
  if (m.reject || m.rejectHint !== 0) mask |= HAS_REJECT;
  if (m.context !== 0) mask |= HAS_CONTEXT;
  if (m.vote !== 0) mask |= HAS_VOTE;
  if (m.transfer) mask |= HAS_TRANSFER;
  const code = TYPE_CODES.get(m.type);
  assert(code !== undefined, 'a message has a known type', { type: m.type });
  writer.u8(TAG_RAFT);
  writer.u8(code);
  writer.u8(mask);
  writer.u32(m.to);
  writer.u32(m.from);
  writer.u64(m.term);
  if (mask & HAS_LOG_POSITION) {
    writer.u64(m.index);
    writer.u64(m.logTerm);
  }
  if (mask & HAS_COMMIT) writer.u64(m.commit);
  if (mask & HAS_REJECT) {
    writer.u8(m.reject ? 1 : 0);
    writer.u64(m.rejectHint);
  }
  if (mask & HAS_CONTEXT) writer.u64(m.context);
  if (mask & HAS_VOTE) writer.u32(m.vote);
  if (mask & HAS_ENTRIES) encodeEntries(m.entries, writer);
  if (m.snapshot !== null) encodeSnapshotMetadata(m.snapshot, writer);
}

function decodeRaftMessage(reader: ByteReader, slab: Slab): Message {
  const type = MESSAGE_TYPES[reader.u8()];
  if (type === undefined) throw new DecodeError('unknown Raft message type');
  const mask = reader.u8();
  const to = reader.u32();
  const m = new Message(type, to, reader.u32());
  m.term = reader.u64();
  if (mask & HAS_LOG_POSITION) {
    m.index = reader.u64();
    m.logTerm = reader.u64();
  }
  if (mask & HAS_COMMIT) m.commit = reader.u64();
  if (mask & HAS_REJECT) {
    m.reject = reader.u8() === 1;
    m.rejectHint = reader.u64();
  }
  if (mask & HAS_CONTEXT) m.context = reader.u64();
  if (mask & HAS_VOTE) m.vote = reader.u32();
  m.transfer = (mask & HAS_TRANSFER) !== 0;
  if (mask & HAS_ENTRIES) m.entries = decodeEntries(reader, slab);
  if (mask & HAS_SNAPSHOT) m.snapshot = decodeSnapshotMetadata(reader);
  return m;
}

function encodeEntries(entries: readonly Entry[], writer: ByteWriter): void {
  writer.u32(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    writer.u64(entry.term);
    writer.u64(entry.index);
    writer.u8(entry.type);
    writer.bytesField(entry.data);
  }
}

function decodeEntries(reader: ByteReader, slab: Slab): Entry[] {
  const count = reader.u32();
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const term = reader.u64();
    const index = reader.u64();
    const kind = reader.u8();
    if (kind > 1) throw new DecodeError(`unknown entry type ${kind}`);
    entries.push(new Entry(term, index, kind as EntryType, reader.bytesCopy(slab)));
  }
  return entries;
}

function encodeSnapshotMetadata(metadata: SnapshotMetadata, writer: ByteWriter): void {
  const { confState } = metadata;
  writer.u64(metadata.index);
  writer.u64(metadata.term);
  encodeIds(confState.voters, writer);
  encodeIds(confState.learners, writer);
  encodeIds(confState.votersOutgoing, writer);
  encodeIds(confState.learnersNext, writer);
  writer.u8(confState.autoLeave ? 1 : 0);
}

function decodeSnapshotMetadata(reader: ByteReader): SnapshotMetadata {
  const index = reader.u64();
  const term = reader.u64();
  const confState: ConfState = {
    voters: decodeIds(reader),
    learners: decodeIds(reader),
    votersOutgoing: decodeIds(reader),
    learnersNext: decodeIds(reader),
    autoLeave: reader.u8() === 1,
  };
  return { index, term, confState };
}

function encodeIds(ids: readonly number[], writer: ByteWriter): void {
  writer.u32(ids.length);
  for (const id of ids) writer.u32(id);
}

function decodeIds(reader: ByteReader): number[] {
  const count = reader.u32();
  const ids: number[] = [];
  for (let i = 0; i < count; i++) ids.push(reader.u32());
  return ids;
}

/** A client's request as the log carries it. */
export interface Proposal {
  readonly id: number;
  readonly request: KvRequest;
}

/** Encodes a proposal into bytes that the caller owns. */
export function encodeProposal(proposal: Proposal, scratch: ByteWriter, slab: Slab): Uint8Array {
  scratch.reset();
  scratch.u64(proposal.id);
  encodeKvRequest(proposal.request, scratch);
  return slab.copy(scratch.buffer, 0, scratch.length);
}

/** Decodes what {@link encodeProposal} made. Throws DecodeError on damaged data. */
export function decodeProposal(reader: ByteReader): Proposal {
  const id = reader.u64();
  const request = decodeKvRequest(reader);
  reader.expectEnd();
  return { id, request };
}

/** The request id of a proposal, without decoding the rest; 0 for an empty entry. O(1). */
export function proposalId(data: Uint8Array): number {
  return data.length < 8 ? 0 : new ByteReader(data, 0, 8).u64();
}

/** A request in a few words, for traces. */
export function describeRequest(request: KvRequest): string {
  switch (request.kind) {
    case 'put':
      return `put ${printable(request.key)}=${printable(request.value)}`;
    case 'range':
      return `get ${describeKeys(request.key, request.rangeEnd)}${request.serializable ? ' serializable' : ''}`;
    case 'delete-range':
      return `delete ${describeKeys(request.key, request.rangeEnd)}`;
    case 'txn':
      return `txn if ${request.compare.map((c) => `${c.target}(${c.key}) ${c.result} ${c.target === 'VALUE' ? c.value : c.number}`).join(' and ')} then ${request.success.map(describeOp).join('; ')} else ${request.failure.map(describeOp).join('; ')}`;
    case 'compaction':
      return `compact to ${request.revision}`;
  }
}

/** One key, or the half-open interval; etcd's end of one zero byte stands for everything after. */
function describeKeys(key: ByteString, rangeEnd: ByteString): string {
  if (rangeEnd === '') return printable(key);
  return rangeEnd === '\0'
    ? `[${printable(key)}, ∞)`
    : `[${printable(key)}, ${printable(rangeEnd)})`;
}

/** Bytes that are no printable ASCII as \xNN: a trace is read by people. */
function printable(bytes: ByteString): string {
  return bytes.replace(
    /[^\x20-\x7e]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function describeOp(op: KvRequest | { readonly kind: 'empty' }): string {
  return op.kind === 'empty' ? 'nothing' : describeRequest(op);
}

function describeRaftMessage(m: Message): string {
  let text = `${m.type} term=${m.term}`;
  if (m.type === 'MsgApp') text += ` prev=${m.logTerm}/${m.index}`;
  else if (m.index !== 0 || m.logTerm !== 0) text += ` index=${m.index} logTerm=${m.logTerm}`;
  const first = m.entries[0];
  const last = m.entries.at(-1);
  if (first !== undefined && last !== undefined) {
    text += first === last ? ` entry=${first.index}` : ` entries=${first.index}..${last.index}`;
  }
  if (m.commit !== 0) text += ` commit=${m.commit}`;
  if (m.reject) text += ` rejected hint=${m.rejectHint}`;
  if (m.context !== 0) text += ` context=${m.context}`;
  if (m.snapshot !== null) text += ` snapshot=${m.snapshot.term}/${m.snapshot.index}`;
  if (m.transfer) text += ' transfer';
  return text;
}
