// A campaign for GitHub Actions: an error annotation for each kind of failure, and a job summary in Markdown.
// Formats: GitHub's "Workflow commands for GitHub Actions".

export interface GithubFailure {
  /** Scenario file relative to the repository. */
  readonly file: string;
  readonly title: string;
  readonly message: string;
}

/** Lines for stdout. */
export function annotations(failures: readonly GithubFailure[]): string {
  return failures
    .map(
      ({ file, title, message }) =>
        `::error file=${property(file)},title=${property(title)}::${data(message)}\n`,
    )
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

export interface SummaryRow {
  readonly finding: string;
  readonly count: number;
  readonly message: string;
  readonly again: string;
}

/** Markdown for the file that `GITHUB_STEP_SUMMARY` names. */
export function jobSummary(headline: string, rows: readonly SummaryRow[]): string {
  const lines = rows.map(
    ({ finding, count, message, again }) =>
      `| ${cell(finding)} | ${count} | ${cell(message)} | \`${cell(again)}\` |\n`,
  );
  const table =
    rows.length === 0
      ? ''
      : `\n| finding | runs | first | again |\n| --- | ---: | --- | --- |\n${lines.join('')}`;
  return `### simquake\n\n${headline}\n${table}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
