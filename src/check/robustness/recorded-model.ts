// etcd's model for answers of which only a part was recorded: what is not recorded may be anything. An answer
// is right in a state if the store's own would be, where it is known.

import type { RecordedResponse } from '../format/schema/robustness-schema.js';
import type { Model } from '../linearizability/model.js';
import { etcdModel } from '../linearizability/models/etcd-model.js';
import type { EtcdState } from '../linearizability/models/etcd-store.js';
import type { EtcdRequest } from '../linearizability/objects/etcd.js';
import { complete } from './records.js';

export type RecordedEtcdModel = Model<EtcdState, EtcdRequest, RecordedResponse>;

export function recordedEtcdModel(): RecordedEtcdModel {
  const model = etcdModel();
  const answerIn = (state: EtcdState, input: EtcdRequest, output: RecordedResponse | null) =>
    output === null || output.Persisted ? null : complete(state, input, output);
  return {
    name: 'etcd',
    init: model.init,
    step(state, input, output) {
      const after = model.step(state, input, answerIn(state, input, output));
      const revision = output?.PersistedRevision ?? 0;
      return revision > 0 && after?.revision !== revision ? undefined : after;
    },
    hash: model.hash,
    equals: model.equals,
    // Without the answer, or with any, a range changes nothing.
    isPure: ({ kind }) => kind === 'range',
    describeOperation: (input, output) =>
      model.describeOperation(input, answerIn(model.init(), input, output)),
    describeState: model.describeState,
    explain: (state, input, output) => model.explain(state, input, answerIn(state, input, output)),
  };
}
