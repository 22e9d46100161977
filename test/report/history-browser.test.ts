// The view of a history in a real browser: opened from a file, offline, at 10,000 operations. Needs
// Chromium; without it these tests are skipped, and say so.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHistory } from '../../src/report/history-html.js';
import { renderReport } from '../../src/report/html.js';
import { registerPage } from './stale-read.js';
import { syntheticInput } from './synthetic-trace.js';

const CHROMIUM = '/usr/bin/chromium';
const MISSING = `SKIPPED: ${CHROMIUM} is missing; install it with: apt-get install chromium`;

const found = existsSync(CHROMIUM);
if (!found) console.warn(MISSING);

const OPERATIONS = 10_000;
const input = registerPage(OPERATIONS, 4, true);
const html = renderHistory(input);
const culprit = String(input.data.culprit);

interface Visit {
  readonly page: Page;
  readonly requests: string[];
  readonly errors: string[];
}

describe('the document of a history', () => {
  it('says in plain text what contradicts what, whatever the texts hold', () => {
    expect(input.verdict).toBe('violation');
    expect(html).toContain(`<p class="message">${input.data.reason}</p>`);
    expect(html.match(/<tr class="culprit">/g)).toHaveLength(1);
    const evil = {
      ...input,
      title: '</script><b>',
      data: { ...input.data, lanes: ['<!--', '<', 'c', 'd'] },
    };
    const text = renderHistory(evil);
    expect(text).not.toContain('</script><b>');
    expect(text).not.toContain('<!--');
  });

  it('is the same each time, and small', () => {
    expect(renderHistory(registerPage(OPERATIONS, 4, true))).toBe(html);
    expect(Buffer.byteLength(html)).toBeLessThan(400_000);
  });

  it('has no contradiction where there is none', () => {
    const fine = registerPage(200, 4, false);
    expect(fine.data.operations.filter(({ point }) => point === null).length).toBeLessThan(5);
    expect(renderHistory(fine)).toContain('Linearizable as register.');
  });
});

describe.skipIf(!found)(found ? 'the view of a history in a browser' : MISSING, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simquake-history-'));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(text = html, width = 1280, dark = false): Promise<Visit> {
    const file = join(folder, 'history.html');
    writeFileSync(file, text);
    const page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme: dark ? 'dark' : 'light',
    });
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('.history-details .what');
    return { page, requests, errors };
  }

  const operationOf = (page: Page) => page.getAttribute('html', 'data-operation');

  it('opens at the operation that cannot be placed, with one request and without an error', async () => {
    const { page, requests, errors } = await open();
    expect(await operationOf(page)).toBe(culprit);
    expect(await page.textContent('.history-details')).toContain(input.data.reason);
    expect(await page.textContent('.history-caption')).toContain(
      `${input.data.core.length} operations`,
    );
    expect(requests).toHaveLength(1);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('paints it red, and only it', async () => {
    const { page } = await open();
    const reds = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.history-lanes')!;
      const style = getComputedStyle(document.documentElement).getPropertyValue('--red').trim();
      const wanted = [1, 3, 5].map((at) => Number.parseInt(style.slice(at, at + 2), 16));
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (wanted.every((value, k) => data[i + k] === value)) count++;
      }
      return count;
    });
    expect(reds).toBeGreaterThan(1000);
    await page.close();
  });

  it('walks all operations by keyboard and comes back to the violation', async () => {
    const { page } = await open();
    await page.keyboard.press('c');
    expect(await page.textContent('.history-caption')).toContain(
      `${OPERATIONS} operations of 4 clients`,
    );
    await page.keyboard.press('Home');
    const first = await operationOf(page);
    await page.keyboard.press('ArrowRight');
    expect(await operationOf(page)).not.toBe(first);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('n');
    expect(await operationOf(page)).toBe(culprit);
    await page.close();
  });

  it('selects what is clicked', async () => {
    const { page } = await open();
    await page.keyboard.press('Escape');
    expect(await operationOf(page)).toBe('');
    const box = (await page.locator('.history-lanes').boundingBox())!;
    // The contradiction fills the window, and what cannot be placed is at its end.
    await page.mouse.click(box.x + box.width * 0.8, box.y + box.height - 12);
    expect(await operationOf(page)).toBe(culprit);
    await page.close();
  });

  it('moves with a drag, and stretches about the pointer', async () => {
    const { page } = await open();
    const box = (await page.locator('.history-lanes').boundingBox())!;
    const [x, y] = [box.x + box.width * 0.8, box.y + box.height - 12];
    const selectedAt = async (at: number): Promise<string | null> => {
      await page.keyboard.press('Escape');
      await page.mouse.click(at, y);
      return operationOf(page);
    };
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    for (let turns = 0; turns < 4; turns++) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    expect(await selectedAt(x)).toBe(culprit);
    // A drag is no click, and takes with it what was under the pointer.
    await page.keyboard.press('Escape');
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 300, y, { steps: 3 });
    await page.mouse.up();
    expect(await operationOf(page)).toBe('');
    expect(await selectedAt(x - 300)).toBe(culprit);
    await page.close();
  });

  it.each([
    [1280, false],
    [1280, true],
    [390, false],
    [390, true],
  ])('fits a screen of %i px, dark %s', async (width, dark) => {
    const { page } = await open(html, width, dark);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const shot = await page.screenshot();
    expect(shot.length).toBeGreaterThan(5000);
    await page.close();
  });

  it('is part of the report of a run', async () => {
    const report = renderReport({ ...syntheticInput(), history: input.data });
    const { page, errors } = await open(report);
    await page.waitForSelector('html[data-step]');
    expect(await page.textContent('#history .history-details')).toContain(input.data.reason);
    // Its keys move within the history while it has the focus, and the explorer stays where it is.
    const step = await page.getAttribute('html', 'data-step');
    await page.focus('#history .history-lanes');
    await page.keyboard.press('Home');
    expect(await operationOf(page)).not.toBe(culprit);
    expect(await page.getAttribute('html', 'data-step')).toBe(step);
    expect(errors).toEqual([]);
    await page.close();
  });
});
