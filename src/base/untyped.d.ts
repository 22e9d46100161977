// Types of what exists at run time but is declared nowhere: seedrandom's alea module (the package's
// types declare only its root), and two methods of Buffer that skip the encoding lookup.

declare module 'seedrandom/lib/alea.js' {
  interface Alea {
    int32(): number;
    state(): { readonly c: number; readonly s0: number; readonly s1: number; readonly s2: number };
  }
  // biome-ignore lint/style/noDefaultExport: the module is CommonJS and this is its shape
  export default function alea(seed: string, options: { readonly state: boolean }): Alea;
}

interface Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}
