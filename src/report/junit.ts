// A campaign as JUnit XML, the format that CI systems show as test results: a test suite for each scenario, and a
// failed test case for each kind of failure. Schema: the common subset that Jenkins, GitLab and GitHub read.

export interface JunitSuite {
  readonly name: string;
  readonly runs: number;
  readonly cpuSeconds: number;
  readonly failures: readonly JunitFailure[];
}

export interface JunitFailure {
  readonly name: string;
  readonly message: string;
  /** More lines: how to have it again. */
  readonly details: string;
}

export function renderJunit(suites: readonly JunitSuite[]): string {
  const body = suites.map(suiteText).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="simquake">\n${body}</testsuites>\n`;
}

function suiteText({ name, runs, cpuSeconds, failures }: JunitSuite): string {
  const passed = `    <testcase classname="${xml(name)}" name="${runs} runs" time="${cpuSeconds.toFixed(3)}"/>\n`;
  const failed = failures.map(
    (failure) =>
      `    <testcase classname="${xml(name)}" name="${xml(failure.name)}">\n` +
      `      <failure message="${xml(failure.message)}">${xml(failure.details)}</failure>\n` +
      '    </testcase>\n',
  );
  const counts = `tests="${1 + failures.length}" failures="${failures.length}"`;
  return `  <testsuite name="${xml(name)}" ${counts} time="${cpuSeconds.toFixed(3)}">\n${passed}${failed.join('')}  </testsuite>\n`;
}

function xml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // XML 1.0 section 2.2: no other control characters, not even escaped.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
  );
}
