// The calls by which etcd's robustness tests fill a recorder: the operation that each appends.

import type { RequestOp } from '../../etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../etcdpb/kv.js';
import type { Json } from '../format/json.js';
import { FormatError } from '../format/line-scanner.js';
import type { PlaceIn } from '../format/parsed.js';
import type { RecordedCall } from '../format/schema/robustness-schema.js';
import type { EtcdOperation, EtcdRequest, EtcdResult } from '../linearizability/objects/etcd.js';

/** The operation of the call at `path`. Nanoseconds are taken as microseconds. Throws FormatError. */
export function appended(
  { call, args }: RecordedCall,
  id: number,
  placeIn: PlaceIn,
): EtcdOperation {
  const at = new Arguments(args as readonly Json[], placeIn);
  const [input, called] = ((): [input: EtcdRequest, called: number] => {
    switch (call) {
      case 'AppendRange': {
        const range = { rangeEnd: at.text(1), revision: at.integer(2), limit: at.integer(3) };
        return [rangeOf(at.text(0), range), 5];
      }
      case 'AppendPut':
        return [single(putOf(at.text(0), at.text(1))), 2];
      case 'AppendPutWithLease':
        return [single(putOf(at.text(0), at.text(1), { lease: at.integer(2) })), 3];
      case 'AppendDelete':
        return [single(deleteOf(at.text(0))), 1];
      case 'AppendCompact':
        return [{ kind: 'compaction', revision: at.integer(0), physical: false }, 1];
      case 'AppendTxn':
        return [
          { kind: 'txn', compare: [], success: at.operations(1), failure: at.operations(2) },
          3,
        ];
    }
  })();
  const failed = args.at(-1) === 'failed';
  return {
    id,
    client: 0,
    input,
    output: failed ? null : responseTo(input),
    callUs: at.integer(called),
    returnUs: failed ? Infinity : at.integer(called + 1),
    outcome: failed ? 'unknown' : 'ok',
  };
}

/** Arguments by position, held to what the call takes there. */
class Arguments {
  private readonly args: readonly Json[];
  private readonly placeIn: PlaceIn;

  constructor(args: readonly Json[], placeIn: PlaceIn) {
    this.args = args;
    this.placeIn = placeIn;
  }

  text(at: number): string {
    const value = this.args[at];
    return typeof value === 'string' ? value : this.fail(at, 'a text');
  }

  integer(at: number): number {
    const value = this.args[at];
    return Number.isSafeInteger(value) ? (value as number) : this.fail(at, 'an integer');
  }

  /** `{"$call": "clientv3.OpPut", "args": [key, value]}` and the like; none if null. */
  operations(at: number): RequestOp[] {
    const calls = this.args[at] ?? [];
    if (!Array.isArray(calls)) return this.fail(at, 'operations');
    return (calls as readonly Json[]).map((call) => {
      const { $call, args } = (call ?? {}) as { $call?: Json; args?: Json };
      const [key, value] = Array.isArray(args) ? (args as readonly Json[]) : [];
      if ($call === 'clientv3.OpPut' && typeof key === 'string' && typeof value === 'string') {
        return putOf(key, value);
      }
      if ($call === 'clientv3.OpDelete' && typeof key === 'string') return deleteOf(key);
      return this.fail(at, 'calls of clientv3.OpPut and clientv3.OpDelete');
    });
  }

  private fail(at: number, what: string): never {
    throw new FormatError(`expected ${what} as argument ${at}`, this.placeIn(['args', at]));
  }
}

function single(op: RequestOp): EtcdRequest {
  return { kind: 'txn', compare: [], success: [op], failure: [] };
}

/** An answer with nothing in it: patching asks only whether there is one. */
function responseTo(input: EtcdRequest): EtcdResult {
  if (input.kind === 'compaction') {
    return { ok: true, response: { kind: 'compaction', revision: 0 } };
  }
  if (input.kind === 'txn') {
    return { ok: true, response: { kind: 'txn', revision: 0, succeeded: true, responses: [] } };
  }
  return { ok: true, response: { kind: 'range', revision: 0, kvs: [], count: 0, more: false } };
}
