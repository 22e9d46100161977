// The report in a real browser: opened from a file, offline, walked by keyboard, compared with a fold in
// Node. Needs Chromium; without it these tests are skipped, and say so.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReportInput, renderReport } from '../../src/report/html.js';
import { referenceFold } from './reference-fold.js';
import { syntheticInput, syntheticTrace } from './synthetic-trace.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const MISSING = `SKIPPED: ${CHROMIUM} is missing; install it with: apt-get install chromium`;

const found = existsSync(CHROMIUM);
if (!found) console.warn(MISSING);

const input = syntheticInput();
const { trace } = input;

interface Visit {
  readonly page: Page;
  readonly requests: string[];
  readonly errors: string[];
}

describe.skipIf(!found)(found ? 'the report in a browser' : MISSING, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simquake-report-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(
    report: ReportInput = input,
    options: { width?: number; hash?: string; dark?: boolean } = {},
  ): Promise<Visit> {
    const file = join(folder, 'report.html');
    writeFileSync(file, renderReport(report));
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1280, height: 800 },
      colorScheme: options.dark === true ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(pathToFileURL(file).href + (options.hash ?? ''));
    if (report.trace.length > 0) await page.waitForSelector('html[data-step]');
    return { page, requests, errors };
  }

  async function stepOf(page: Page): Promise<number> {
    return Number(await page.getAttribute('html', 'data-step'));
  }

  /** The page's table of states, in the form of the reference fold. */
  async function shownStates(page: Page): Promise<unknown> {
    return page.$$eval('#states tbody tr', (rows) =>
      rows.map((row) => ({
        id: Number(row.dataset.process),
        status: row.dataset.status,
        fields: Object.fromEntries(
          [...row.querySelectorAll('td')]
            .filter((cell) => cell.dataset.value !== '')
            .map((cell) => [cell.dataset.field, cell.dataset.value]),
        ),
      })),
    );
  }

  function expectedStates(step: number): unknown {
    const states = referenceFold(trace, step - 1);
    return [1, 2, 3, 4, 5].map((id) => {
      const { status, fields } = states.get(id) ?? { status: 'unknown', fields: {} };
      const texts = Object.entries(fields).map(([field, value]) => [field, String(value)]);
      return { id, status, fields: Object.fromEntries(texts) };
    });
  }

  it('opens from a file with a single request and without an error', async () => {
    const { page, requests, errors } = await open();
    await page.keyboard.press('Home');
    await page.keyboard.press('Space');
    await page.waitForFunction(() => Number(document.documentElement.dataset.step) > 5);
    expect(requests).toHaveLength(1);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('opens at the violation, with verdict and command', async () => {
    const { page } = await open();
    expect(await stepOf(page)).toBe(trace.length);
    expect(await page.textContent('.badge')).toBe('FAIL');
    expect(await page.textContent('.message')).toBe(input.violation!.message);
    expect(await page.textContent('#repro')).toBe(input.repro);
    expect(await page.textContent('#event-text')).toContain('RAFT-ELECTION-SAFETY violated');
    await page.close();
  });

  it('reaches the violation by keyboard and shows the states of a reference fold', async () => {
    const { page } = await open();
    await page.keyboard.press('Home');
    expect(await stepOf(page)).toBe(1);
    await page.keyboard.press('n');
    expect(await stepOf(page)).toBe(trace.length);
    expect(await shownStates(page)).toEqual(expectedStates(trace.length));
    expect(
      await page.$$eval('#states tr.rival th', (cells) => cells.map((c) => c.textContent)),
    ).toEqual(['n2', 'n4']);
    expect(await page.locator('#graph .node.rival').count()).toBe(2);
    await page.close();
  });

  it('shows at every place of the slider what a reference fold computes', async () => {
    const { page } = await open();
    for (const step of [1, 2, 9, 256, 257, 600, 805, 1000, 1333, 1500, 2000, 2400]) {
      await page.locator('#slider').fill(String(step));
      expect(await stepOf(page)).toBe(step);
      expect(await shownStates(page)).toEqual(expectedStates(step));
    }
    await page.close();
  });

  it('walks by event, process, message and fault', async () => {
    const { page } = await open();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await stepOf(page)).toBe(2);
    await page.keyboard.press('f');
    expect(trace[(await stepOf(page)) - 1]).toMatchObject({ kind: 'fault', phase: 'begin' });
    const delivery = trace.findIndex((event, step) => step > 900 && event.kind === 'deliver');
    await page.locator('#slider').fill(String(delivery + 1));
    await page.keyboard.press('[');
    const sending = trace[(await stepOf(page)) - 1]!;
    expect(sending.kind === 'send' && sending.m).toBe((trace[delivery] as { m: number }).m);
    await page.keyboard.press(']');
    expect(await stepOf(page)).toBe(delivery + 1);
    await page.keyboard.press('?');
    expect(await page.locator('#help-dialog').isVisible()).toBe(true);
    await page.close();
  });

  it('keeps the step in the address, and opens at it', async () => {
    const { page } = await open(input, { hash: '#step=700' });
    expect(await stepOf(page)).toBe(700);
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => location.hash === '#step=701');
    await page.close();
  });

  it('selects by click in list, story and timeline', async () => {
    const { page } = await open();
    await page.locator('#story a').first().click();
    const first = await stepOf(page);
    expect(trace[first - 1]).toMatchObject({ kind: 'state', p: 2 });
    const row = page.locator('#list .row').nth(3);
    const wanted = Number(await row.getAttribute('data-step'));
    await row.click();
    expect(await stepOf(page)).toBe(wanted);
    const box = (await page.locator('#overview').boundingBox())!;
    await page.locator('#overview').click({ position: { x: box.width / 2, y: 30 } });
    const half = trace[(await stepOf(page)) - 1]!.t / trace.at(-1)!.t;
    expect(half).toBeGreaterThan(0.45);
    expect(half).toBeLessThan(0.55);
    await page.close();
  });

  it('draws the timeline', async () => {
    const { page } = await open();
    await page.waitForTimeout(100);
    const colours = await page.$eval('#lanes', (element) => {
      const canvas = element as HTMLCanvasElement;
      const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data;
      return new Set(new Uint32Array(pixels.buffer)).size;
    });
    expect(colours).toBeGreaterThan(50);
    await page.close();
  });

  it('fits the screen at 1280 and at 390 pixels, at every moment', async () => {
    for (const width of [1280, 390]) {
      const { page } = await open(input, { width });
      for (const step of [1, 1000, trace.length]) {
        await page.locator('#slider').fill(String(step));
        const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(scroll).toBeLessThanOrEqual(width);
      }
      await page.close();
    }
  });

  it('has two themes and a switch', async () => {
    const background = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await open();
    const dark = await open(input, { dark: true });
    const [lightColour, darkColour] = [await background(light.page), await background(dark.page)];
    expect(lightColour).not.toBe(darkColour);
    await light.page.keyboard.press('t');
    expect(await background(light.page)).toBe(darkColour);
    await light.page.close();
    await dark.page.close();
  });

  it('opens a compressed trace', async () => {
    const long = syntheticTrace(2000);
    const { page, errors, requests } = await open(syntheticInput(long));
    expect(await stepOf(page)).toBe(long.length);
    expect(long.length).toBeGreaterThan(8000);
    expect(errors).toEqual([]);
    expect(requests).toHaveLength(1);
    await page.close();
  });

  it('runs no text of a trace as markup', async () => {
    const label =
      '</script><img src=x onerror="document.title=1"><script>document.title=1</script>';
    const evil = trace.map((event) => (event.kind === 'send' ? { ...event, label } : event));
    const { page, errors } = await open({ ...syntheticInput(evil), title: label });
    await page.keyboard.press('[');
    await page.keyboard.press('Home');
    expect(await page.title()).toContain('RAFT-ELECTION-SAFETY');
    expect(await page.locator('img').count()).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('stands without a trace', async () => {
    const { page, errors } = await open({ ...input, trace: [] });
    expect(await page.textContent('body')).toContain('No trace was recorded for this run.');
    expect(await page.locator('#transport').isVisible()).toBe(false);
    expect(errors).toEqual([]);
    await page.close();
  });
});
