// The report as a document: one file, nothing outside, no text that can break out, and its weight.

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ReportInput, renderReport } from '../../src/report/html.js';
import type { ReportData } from '../../src/report/viewer/data.js';
import { syntheticInput, syntheticTrace } from './synthetic-trace.js';

const input = syntheticInput();
const html = renderReport(input);

function dataOf(page: string): ReportData {
  const match = /<script type="([^"]+)" id="data">([^<]*)<\/script>/.exec(page)!;
  const text = match[2]!;
  const json = match[1]!.endsWith('base64')
    ? gunzipSync(Buffer.from(text, 'base64')).toString()
    : text;
  return JSON.parse(json) as ReportData;
}

describe('the report', () => {
  it('refers to nothing outside itself', () => {
    const page = renderReport({ ...input, trace: [] });
    expect(page).not.toMatch(/https?:|\bsrc=|@import|url\((?!#)|\bimport\(|\bfetch\(|XMLHttp/);
    expect([...page.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual([
      'data:,',
      '#story',
      '#timeline',
      '#list-panel',
    ]);
  });

  it('forbids all loading by its content policy', () => {
    expect(html).toContain(
      `content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"`,
    );
  });

  it('says verdict, invariant, message, time, event, meaning and command before any script runs', () => {
    const text = html
      .slice(html.indexOf('<body>'), html.indexOf('<main'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(text).toContain('FAIL RAFT-ELECTION-SAFETY partition-leader seed 71123');
    expect(text).toContain('two leaders in term 3: n4 (since 1.812 s) and n2 (since 2.324 s)');
    expect(text).toContain('at 2.324 s , event 911 · At most one leader can be elected');
    expect(text).toContain('npx simquake run scenarios/partition-leader.ts --seed 71123');
    expect(text).toContain('commit 9f1c2e7');
  });

  it('tells the story in words without the explorer', () => {
    const story = html.slice(html.indexOf('id="story"'), html.indexOf('</main>'));
    expect(story).toContain('n4 becomes leader in term 3');
    expect(story).toContain('fault begins: isolate n2, n1');
    expect(story).toContain('RAFT-ELECTION-SAFETY violated: two leaders in term 3');
  });

  it('carries the whole trace, readable while it is short', () => {
    expect(html.includes('<script type="application/json" id="data">')).toBe(true);
    expect(dataOf(html).trace).toEqual(input.trace);
  });

  it('carries a long trace compressed', () => {
    const trace = syntheticTrace(2000);
    const page = renderReport({ ...input, trace });
    expect(page.includes('<script type="application/gzip+base64" id="data">')).toBe(true);
    expect(dataOf(page).trace).toEqual(trace);
    expect(page.length).toBeLessThan(JSON.stringify(trace).length / 3);
  });

  it('gives the same bytes for the same input', () => {
    expect(renderReport(syntheticInput())).toBe(html);
  });

  it('lets no text of a run end its script or become markup', () => {
    const evil = '</script><img src=x onerror=alert(1)><!--';
    const page = renderReport({
      ...input,
      title: evil,
      reason: evil,
      repro: evil,
      explanation: evil,
      truncated: evil,
      violation: { ...input.violation!, invariant: evil, message: evil },
      facts: [{ name: evil, value: evil }],
      faults: [{ label: evil, beginUs: 0, endUs: 1 }],
      processes: [{ id: 1, name: evil, kind: 'member' }],
      trace: [
        { n: 1, t: 0, kind: 'send', m: 1, from: 1, to: 2, label: evil },
        { n: 1, t: 0, kind: 'violation', invariant: evil, message: evil },
      ],
    });
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<!--');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(dataOf(page).violation!.message).toBe(evil);
  });

  it('weighs less than 120 KB without the trace', () => {
    const bytes = Buffer.byteLength(renderReport({ ...input, trace: [] }));
    expect(bytes).toBeGreaterThan(40_000);
    expect(bytes).toBeLessThan(120 * 1024);
  });

  it('names the verdict where there is no violation', () => {
    const verdict = (changes: Partial<ReportInput>): string =>
      /<h1>.*<\/h1>/.exec(renderReport({ ...input, violation: null, trace: [], ...changes }))![0];
    const run = 'partition-leader seed 71123';
    expect(verdict({ verdict: 'undecided' })).toBe(`<h1>${run} <small></small></h1>`);
    expect(verdict({ verdict: 'nondeterminism' })).toBe(
      `<h1>${run} <small>nondeterminism</small></h1>`,
    );
    const page = renderReport({ ...input, violation: null, verdict: 'pass', trace: [] });
    expect(page).toContain('<div class="badge">PASS</div>');
  });

  it('says that a trace is partial', () => {
    const truncated = 'The first 12,000 events are missing.';
    expect(renderReport({ ...input, truncated })).toContain(
      `<p class="honesty" role="note">${truncated}</p>`,
    );
    expect(html).not.toContain('role="note"');
  });
});
