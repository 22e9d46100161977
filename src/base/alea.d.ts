// Types of the one seedrandom module in use; the package's own types declare only its root.

declare module 'seedrandom/lib/alea.js' {
  interface Alea {
    (): number;
    int32(): number;
    double(): number;
  }
  // biome-ignore lint/style/noDefaultExport: the module is CommonJS and this is its shape
  export default function alea(seed: string): Alea;
}
