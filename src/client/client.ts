// A client of the cluster: one request at a time, a timeout on each, another member after a failure.
// It knows what it may conclude from silence: a write without an answer has an unknown outcome.
// Not here: what to ask (a script decides) and what to make of the answers (a recorder keeps them).

import type { Micros, ProcessId } from '../base/ids.js';
import type { Outcome } from '../base/trace.js';
import type { KvRequest, KvResult } from '../etcdpb/kv.js';
import {
  type ClientRequest,
  type ClientResponse,
  type NodeMessage,
  REQUESTS_PER_CLIENT,
} from '../node/messages.js';
import type { Ports, Process } from '../ports/process.js';

/** The next thing to do. */
export type ClientStep =
  | { readonly kind: 'request'; readonly afterUs: Micros; readonly request: KvRequest }
  | { readonly kind: 'move-leader'; readonly afterUs: Micros; readonly target: ProcessId }
  | { readonly kind: 'done' };

/** Decides what a client asks, one step at a time. */
export interface ClientScript {
  next(): ClientStep;
  /** The last request ended; `result` is null if no answer came. */
  ended(request: KvRequest, outcome: Outcome, result: KvResult | null): void;
}

/** Keeps the history. Times are the recorder's business. */
export interface OperationRecorder {
  invoke(client: ProcessId, id: number, request: KvRequest): void;
  complete(client: ProcessId, id: number, outcome: Outcome, result: KvResult | null): void;
}

export interface ClientConfig {
  readonly id: ProcessId;
  readonly members: readonly ProcessId[];
  /** Position in `members` of the one asked first. */
  readonly firstMember: number;
  readonly timeoutUs: Micros;
}

/** See the head of this file. */
export class Client implements Process<NodeMessage> {
  private readonly ports: Ports<NodeMessage>;
  private readonly config: ClientConfig;
  private readonly script: ClientScript;
  private readonly recorder: OperationRecorder;
  private member: number;
  private sequence = 0;
  private step: ClientStep = { kind: 'done' };
  /** Id of the request that waits for an answer, 0 while thinking. */
  private outstanding = 0;

  constructor(
    ports: Ports<NodeMessage>,
    config: ClientConfig,
    script: ClientScript,
    recorder: OperationRecorder,
  ) {
    this.ports = ports;
    this.config = config;
    this.script = script;
    this.recorder = recorder;
    this.member = config.firstMember % config.members.length;
  }

  start(): void {
    this.think();
  }

  receive(_from: ProcessId, message: NodeMessage): void {
    if (!isResponse(message) || message.id !== this.outstanding) return;
    const { result } = message;
    if (result.ok) this.end('ok', result);
    else if (isDefinite(this.step, result)) {
      // A member without a leader refuses: another one may know better.
      if (result.error.code === 14) this.tryNextMember();
      this.end('fail', result);
    } else {
      this.tryNextMember();
      this.end('unknown', null);
    }
  }

  wake(): void {
    if (this.outstanding === 0) this.begin();
    else {
      this.tryNextMember();
      this.end(isReadOnly(this.step) ? 'fail' : 'unknown', null);
    }
  }

  private think(): void {
    this.step = this.script.next();
    const { clock } = this.ports;
    if (this.step.kind === 'done') clock.setDeadline(Number.POSITIVE_INFINITY);
    else clock.setDeadline(clock.monotonicUs() + this.step.afterUs);
  }

  private begin(): void {
    const { step, config, ports } = this;
    if (step.kind === 'done') return;
    const to = config.members[this.member]!;
    if (step.kind === 'move-leader') {
      ports.network.send(to, { kind: 'move-leader', target: step.target });
      this.think();
      return;
    }
    this.sequence++;
    this.outstanding = config.id * REQUESTS_PER_CLIENT + this.sequence;
    const message: ClientRequest = {
      kind: 'request',
      id: this.outstanding,
      request: step.request,
    };
    this.recorder.invoke(config.id, message.id, message.request);
    ports.clock.setDeadline(ports.clock.monotonicUs() + config.timeoutUs);
    ports.network.send(to, message);
  }

  private end(outcome: Outcome, result: KvResult | null): void {
    const id = this.outstanding;
    this.outstanding = 0;
    this.recorder.complete(this.config.id, id, outcome, result);
    if (this.step.kind === 'request') this.script.ended(this.step.request, outcome, result);
    this.think();
  }

  private tryNextMember(): void {
    this.member = (this.member + 1) % this.config.members.length;
  }
}

function isResponse(message: NodeMessage): message is ClientResponse {
  return 'kind' in message && message.kind === 'response';
}

/** Whether an error says that the request had no effect. Timeouts of the cluster do not. */
function isDefinite(step: ClientStep, result: KvResult): boolean {
  if (result.ok) return true;
  return isReadOnly(step) || !INDEFINITE.has(result.error.message);
}

const INDEFINITE: ReadonlySet<string> = new Set([
  'etcdserver: request timed out',
  'etcdserver: server stopped',
  'etcdserver: leader changed',
]);

function isReadOnly(step: ClientStep): boolean {
  return step.kind === 'request' && step.request.kind === 'range';
}
