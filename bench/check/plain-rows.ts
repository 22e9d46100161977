// Rows of the plain objects: registers and key-value stores. Peers' figures were measured with porcupine
// 55508eb (Go 1.19) on a shared 2-core x86-64 machine; where only a part of a set of histories is here,
// its figure is the sum over that part, and the target is scaled by the same share.

import { readFileSync } from 'node:fs';
import { parseJepsenRegisterLog } from '../../src/check/format/jepsen-register-log.js';
import { parsePorcupineKv } from '../../src/check/format/porcupine-kv.js';
import { casRegisterModel } from '../../src/check/linearizability/models/cas-register-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { knossosFiles, knossosRegister } from '../../test/check/knossos-histories.js';
import { casRegisterGrid, type Grid, kvGrid, uniqueRegisterGrid } from './grid.js';
import { type Done, judging, type Row } from './row.js';

const PORCUPINE = 'test/data/histories/porcupine';

interface Item {
  readonly file: string;
  readonly model: string;
  readonly expected: boolean;
  readonly porcupine_ms: number;
}

const items = JSON.parse(readFileSync(`${PORCUPINE}/expected.json`, 'utf8')) as Item[];
const etcdLogs = items.filter(({ model }) => model === 'etcd-cas-register');
const etcdPeerMs = etcdLogs.reduce((sum, { porcupine_ms }) => sum + porcupine_ms, 0);
/** The whole set of 102 takes porcupine 344 ms. */
const etcdShare = etcdPeerMs / 344;
const knossosCas = knossosFiles('cas-register');
const knossosShare = knossosCas.length / 120;

export const PLAIN_ROWS: readonly Row[] = [
  {
    work: `etcd logs, ${etcdLogs.length} of 102`,
    peer: `porcupine ${etcdPeerMs.toFixed(0)} ms`,
    targetMs: 150 * etcdShare,
    targetSteps: 1_600_000 * etcdShare,
    prepare() {
      const histories = etcdLogs.map(({ file, expected }) => ({
        history: parseJepsenRegisterLog(readFileSync(`${PORCUPINE}/${file}`, 'utf8')),
        expected: expected ? 'ok' : 'violation',
      }));
      return () =>
        sumOf(
          histories.map(({ history, expected }) => ({
            ...checkLinearizable(history, registerModel()),
            expected,
          })),
        );
    },
  },
  kvRow('kv/c50-ok.txt', true, 'porcupine 115 ms', 120),
  kvRow('kv/c10-ok.txt', false, 'porcupine 1,600 ms', 50),
  {
    work: `knossos cas-register, ${knossosCas.length} of 120`,
    peer: `porcupine ${(151 * knossosShare).toFixed(0)} ms`,
    targetMs: 30 * knossosShare,
    prepare() {
      const histories = knossosCas.map(({ path, expected }) => ({
        history: knossosRegister(path),
        expected,
      }));
      return () =>
        sumOf(
          histories.map(({ history, expected }) => ({
            ...checkLinearizable(history, casRegisterModel(0)),
            expected,
          })),
        );
    },
  },
  gridRow(
    'unique register',
    uniqueRegisterGrid,
    { clients: 100, operations: 100_000, unknownPpm: 50_000 },
    false,
    '> 60 s at 20 x 1,000',
    50,
  ),
  gridRow(
    'unique register',
    uniqueRegisterGrid,
    { clients: 100, operations: 100_000, unknownPpm: 50_000 },
    true,
    '> 60 s at 20 x 1,000',
    50,
  ),
  gridRow(
    'cas-register',
    casRegisterGrid,
    { clients: 20, operations: 1000, unknownPpm: 0 },
    false,
    '32 s',
    100,
  ),
  gridRow(
    'cas-register',
    casRegisterGrid,
    { clients: 20, operations: 1000, unknownPpm: 0 },
    true,
    '> 60 s',
    500,
  ),
  gridRow(
    'cas-register',
    casRegisterGrid,
    { clients: 50, operations: 1000, unknownPpm: 0 },
    false,
    'undecided at 103 s',
    150,
  ),
  gridRow(
    'cas-register',
    casRegisterGrid,
    { clients: 20, operations: 1000, unknownPpm: 150_000 },
    true,
    '-',
    500,
  ),
  kvGridRow({ clients: 100, operations: 10_000, unknownPpm: 10_000 }, false, '29.2 s', 500),
  kvGridRow({ clients: 100, operations: 10_000, unknownPpm: 10_000 }, true, '> 60 s', 500),
];

function kvRow(file: string, byKey: boolean, peer: string, targetMs: number): Row {
  return {
    work: `${file}${byKey ? '' : ', no partition declared'}`,
    peer,
    targetMs,
    prepare() {
      const history = parsePorcupineKv(readFileSync(`${PORCUPINE}/${file}`, 'utf8'));
      return judging(history, () => kvModel({ byKey, history }), 'ok');
    },
  };
}

type Size = Pick<Grid, 'clients' | 'operations' | 'unknownPpm'>;

function gridRow(
  name: string,
  generate: typeof casRegisterGrid,
  size: Size,
  illegal: boolean,
  peer: string,
  targetMs: number,
): Row {
  return {
    work: `${name} ${sizeOf(size)} ${illegal ? 'illegal' : 'valid'}`,
    peer: `porcupine ${peer}`,
    targetMs,
    prepare() {
      const history = generate({ seed: '1', ...size, illegal });
      return judging(history, registerModel, illegal ? 'violation' : 'ok');
    },
  };
}

function kvGridRow(size: Size, illegal: boolean, peer: string, targetMs: number): Row {
  return {
    work: `kv ${sizeOf(size)} ${illegal ? 'illegal' : 'valid'}`,
    peer: `porcupine ${peer}`,
    targetMs,
    prepare() {
      const history = kvGrid({ seed: '1', ...size, illegal });
      return judging(history, kvModel, illegal ? 'violation' : 'ok');
    },
  };
}

function sizeOf({ clients, operations, unknownPpm }: Size): string {
  const unknown = unknownPpm === 0 ? '' : `, ${unknownPpm / 10_000} % unknown`;
  return `${clients} x ${operations.toLocaleString('en-US')}${unknown}`;
}

/** `ok` if all are as expected. */
function sumOf(results: readonly Done[]): Done {
  const wrong = results.filter(({ verdict, expected }) => verdict !== expected).length;
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  return { verdict: wrong === 0 ? 'as known' : `${wrong} wrong`, expected: 'as known', steps };
}
