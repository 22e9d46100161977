// The page of a campaign: what failed and how often, what each scenario did. One document that needs nothing else.
// Not here: the report of one run (html.ts).

import { STYLE } from './style.js';

export interface CampaignPage {
  readonly title: string;
  /** One sentence: how many runs, how long, how many failures. */
  readonly headline: string;
  readonly failed: boolean;
  readonly buckets: readonly {
    readonly finding: string;
    readonly message: string;
    readonly count: number;
    readonly runs: readonly string[];
    readonly again: string;
    /** Relative links to reports. */
    readonly links: readonly { readonly text: string; readonly href: string }[];
    readonly story: readonly string[];
  }[];
  /** Things that should happen sometimes, and in how many of the runs looked at they did. */
  readonly marks: readonly { readonly id: string; readonly about: string; readonly runs: number }[];
  readonly markedRuns: number;
  readonly scenarios: readonly {
    readonly name: string;
    readonly about: string;
    readonly runs: number;
    readonly failed: number;
    readonly operations: number;
    readonly events: number;
    readonly virtualSeconds: number;
    readonly cpuSeconds: number;
  }[];
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const CAMPAIGN_STYLE = `
main { max-width: 1100px; margin: 0 auto; padding: 16px; display: grid; gap: 16px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 14px; overflow-x: auto; }
section.failed { border-left: 6px solid var(--red); } section.passed { border-left: 6px solid var(--green); }
h1 { font-size: 20px; } h2 { font-size: 16px; margin-bottom: 8px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 4px 10px 4px 0; }
td.n, th.n { text-align: right; } tr + tr td { border-top: 1px solid var(--line); }
ol { padding-left: 28px; margin: 8px 0; } code { overflow-wrap: anywhere; }
`;

export function renderCampaign(page: CampaignPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${html(page.title)}</title>
<style>${STYLE}${CAMPAIGN_STYLE}</style>
</head>
<body>
<main>
<section class="${page.failed ? 'failed' : 'passed'}"><h1>${html(page.title)}</h1><p>${html(page.headline)}</p></section>
${page.buckets.map(bucketHtml).join('\n')}
<section><h2>Scenarios</h2>
<table><thead><tr><th>scenario</th><th>what happens</th>${['runs', 'failed', 'operations', 'events', 'virtual s', 'CPU s'].map((name) => `<th class="n">${name}</th>`).join('')}</tr></thead>
<tbody>${page.scenarios.map(scenarioRow).join('\n')}</tbody></table>
</section>
<section><h2>Marks <span class="quiet">in ${page.markedRuns} runs looked at</span></h2>
<table><thead><tr><th>mark</th><th>what happened</th><th class="n">runs</th></tr></thead>
<tbody>${page.marks.map(({ id, about, runs }) => `<tr><td>${html(id)}</td><td>${html(about)}</td><td class="n">${runs === 0 ? '<b>never</b>' : runs}</td></tr>`).join('\n')}</tbody></table>
</section>
</main>
</body>
</html>
`;
}

function bucketHtml(bucket: CampaignPage['buckets'][number]): string {
  const { finding, message, count, runs, again, links, story } = bucket;
  const more = count > runs.length ? ` and ${count - runs.length} more` : '';
  const anchors = links.map(({ text, href }) => `<a href="${html(href)}">${html(text)}</a>`);
  const lines = story.map((line) => `<li>${html(line)}</li>`).join('');
  return `<section class="failed"><h2>${html(finding)} <span class="quiet">${count} ${count === 1 ? 'run' : 'runs'}</span></h2>
<p>${html(message)}</p>
${lines === '' ? '' : `<ol>${lines}</ol>`}
<p><code>${html(again)}</code></p>
<p>${anchors.join(' · ')}</p>
<p>${html(runs.join(', '))}${more}</p></section>`;
}

function scenarioRow(row: CampaignPage['scenarios'][number]): string {
  const numbers = [
    row.runs,
    row.failed,
    row.operations,
    row.events,
    Math.round(row.virtualSeconds),
    row.cpuSeconds.toFixed(1),
  ];
  return `<tr><td>${html(row.name)}</td><td>${html(row.about)}</td>${numbers.map((n) => `<td class="n">${n}</td>`).join('')}</tr>`;
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
