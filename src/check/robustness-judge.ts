// Judging the cases of etcd's robustness tests (robustness/) from a file of them.

import type { Json } from './format/json.js';
import { FormatError } from './format/line-scanner.js';
import { type PlaceIn, parsed } from './format/parsed.js';
import {
  type RecordedRequest,
  type RecordedResponse,
  ROBUSTNESS_SCHEMAS,
  robustnessKind,
} from './format/schema/robustness-schema.js';
import type { HistoryJudge, JudgeOptions } from './history-judge.js';
import type { CheckedCase, Judged } from './judged.js';
import { judgedCases } from './judged-cases.js';
import {
  judgePatch,
  judgeReadsCase,
  judgeSteps,
  judgeWatchesCase,
  judgeWhole,
} from './robustness/cases.js';
import { CONTENT_OF } from './robustness/records.js';

export class RobustnessHistoryJudge implements HistoryJudge {
  private readonly cases: ((options: JudgeOptions) => CheckedCase)[] = [];

  line(json: Json, placeIn: PlaceIn): void {
    const at = this.cases.length;
    const { name, judge } = readCase(json, placeIn);
    this.cases.push((options) => ({
      name: name === '' ? `case ${at + 1}` : name,
      ...judge(options),
    }));
  }

  finish(options: JudgeOptions): Judged {
    const cases = this.cases.map((judge) => judge(options));
    return judgedCases(
      cases,
      cases.reduce((sum, { count }) => sum + count, 0),
    );
  }
}

interface ReadCase {
  readonly name: string;
  readonly judge: (options: JudgeOptions) => Omit<CheckedCase, 'name'>;
}

function readCase(json: Json, placeIn: PlaceIn): ReadCase {
  const kind = robustnessKind(json);
  switch (kind) {
    case 'steps': {
      const read = parsed(ROBUSTNESS_SCHEMAS.steps, json, placeIn);
      for (const [i, { req, resp }] of read.operations.entries()) {
        demandContent(req, placeIn, ['operations', i, 'req']);
        demandAnswer(req, resp, placeIn, ['operations', i, 'resp']);
      }
      return { name: read.name, judge: (options) => judgeSteps(read, options) };
    }
    case 'reads': {
      const read = parsed(ROBUSTNESS_SCHEMAS.reads, json, placeIn);
      demandLog(read.persistedRequests, placeIn, 'persistedRequests');
      for (const [i, { Input, Output }] of read.operations.entries()) {
        demandContent(Input, placeIn, ['operations', i, 'Input']);
        demandAnswer(Input, Output, placeIn, ['operations', i, 'Output']);
      }
      return { name: read.name, judge: () => judgeReadsCase(read) };
    }
    case 'watches': {
      const read = parsed(ROBUSTNESS_SCHEMAS.watches, json, placeIn);
      demandLog(read.persistedRequests, placeIn, 'persistedRequests');
      return { name: read.name, judge: () => judgeWatchesCase(read) };
    }
    case 'whole': {
      const read = parsed(ROBUSTNESS_SCHEMAS.whole, json, placeIn);
      demandLog(read.persistedRequests, placeIn, 'persistedRequests');
      for (const [report, { KeyValue }] of read.reports.entries()) {
        for (const [i, { Input, Output }] of KeyValue.entries()) {
          const path = ['reports', report, 'KeyValue', i];
          demandContent(Input, placeIn, [...path, 'Input']);
          demandAnswer(Input, Output, placeIn, [...path, 'Output']);
        }
      }
      return { name: read.name, judge: (options) => judgeWhole(read, options) };
    }
    case 'patch': {
      const read = parsed(ROBUSTNESS_SCHEMAS.patch, json, placeIn);
      demandLog(read.persistedRequest, placeIn, 'persistedRequest');
      // What the calls say is an error of the file, so it is found while it is read.
      const checked = judgePatch(read, placeIn);
      return { name: read.name, judge: () => checked };
    }
    case null:
      throw new FormatError(
        "expected a case of etcd's robustness tests, with operations, watch, reports or historyFunc",
        placeIn([]),
      );
  }
}

function demandLog(log: readonly RecordedRequest[], placeIn: PlaceIn, name: string): void {
  for (const [i, request] of log.entries()) demandContent(request, placeIn, [name, i]);
}

function demandContent(
  request: RecordedRequest,
  placeIn: PlaceIn,
  path: readonly (string | number)[],
): void {
  const name = CONTENT_OF[request.Type].request;
  if (name === null || request[name] !== undefined) return;
  const where = path.join('.');
  throw new FormatError(`${where}: expected ${name}, since it is a ${request.Type}`, placeIn(path));
}

function demandAnswer(
  { Type }: RecordedRequest,
  answer: RecordedResponse,
  placeIn: PlaceIn,
  path: readonly (string | number)[],
): void {
  const name = CONTENT_OF[Type].answer;
  const hasOther = answer.Error !== '' || answer.ClientError !== '' || answer.Persisted;
  if (name === null || hasOther || answer[name] !== undefined) return;
  const where = path.join('.');
  throw new FormatError(
    `${where}: expected ${name} or Error, as answers to a ${Type} have`,
    placeIn(path),
  );
}
