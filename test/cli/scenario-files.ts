// Scenario modules for tests, good and bad, and what the command says about the bad ones.

/** A module exporting one scenario; `from` is what it imports the library from. */
export function scenarioFile(name: string, from = 'simquake', more = ''): string {
  return `import { crash, repeatedly, scenario, seconds } from '${from}';

interface Erased { readonly type: string }

export const it = scenario('${name}', {
  about: 'A short one: ${name}.',
  members: 3,
  clients: 2,
  duration: seconds(6),
  faults: [repeatedly(crash({ who: 'one', how: 'either', down: [1000, 2000] }), [1, 3])],
});
${more}`;
}

/** Appended to a scenario file: the same scenario under another name, asking for more operations. */
export function vacuous(name: string): string {
  return `
export const vacuous = {
  name: '${name}',
  about: 'Never does enough.',
  arbitrary: it.arbitrary.map((plan) => ({ ...plan, scenario: '${name}', operationsMin: 1_000_000 })),
};
`;
}

/** File, its text, and the line printed about it. */
export const BAD_FILES: readonly (readonly [file: string, text: string, message: string])[] = [
  [
    'syntax.ts',
    'export const a: number = 1;\nexport const b = {;\n',
    'syntax.ts:2:19: does not compile: Expected identifier but found ";"; fix the syntax',
  ],
  [
    'syntax.mjs',
    'export const a = 1;\nexport const b = {;\n',
    "syntax.mjs:2:19: does not compile: Unexpected token ';'; fix it",
  ],
  [
    'name.ts',
    "import { nope } from './other.js';\nexport const a = nope;\n",
    "name.ts:1:10: does not compile: The requested module './other.js' does not provide an export " +
      "named 'nope'; fix it",
  ],
  [
    'module.ts',
    "import { crash } from './absent.js';\nexport const a = crash;\n",
    'module.ts:1:26: cannot find absent.js; correct the import, or install the package it names',
  ],
  [
    'package.ts',
    "// Line one.\nimport { crash } from 'absent';\nexport const a = crash;\n",
    'package.ts:2:24: cannot find absent; correct the import, or install the package it names',
  ],
  [
    'throws.ts',
    "interface Erased { a: number }\nfunction f(): never {\n  throw new Error('boom');\n}\nf();\n",
    'throws.ts:3:9: throws while loading: Error: boom; a scenario module only declares scenarios',
  ],
  [
    'number.ts',
    'throw 7;\n',
    'number.ts:1:1: threw 7 while loading; a scenario module only declares scenarios',
  ],
  [
    'none.ts',
    'export const a = 1;\n',
    "none.ts:1:1: exports no scenario; export one: 'export const s: Scenario = " +
      "{ name, about, arbitrary }'",
  ],
  [
    'badname.ts',
    "\nexport const mine = { name: 'My Scenario', about: 'x', arbitrary: {} };\n",
    'badname.ts:2:14: mine is not a scenario: its name "My Scenario" is not of a-z, 0-9 and -; ' +
      'a scenario is { name, about, arbitrary }',
  ],
  [
    'arbitrary.ts',
    "export const mine = { name: 'mine', about: 'x', arbitrary: 1 };\n",
    'arbitrary.ts:1:14: mine is not a scenario: its arbitrary is not a fast-check arbitrary; ' +
      'a scenario is { name, about, arbitrary }',
  ],
];
