// What a set is asked, what it answers, and what it holds.

export type SetElement = string | number;

export type SetInput =
  | { readonly kind: 'add' | 'remove' | 'contains'; readonly element: SetElement }
  | { readonly kind: 'read' };

export type SetOutput =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'contains'; readonly found: boolean }
  | { readonly kind: 'read'; readonly elements: readonly SetElement[] };

/** Elements in ascending order, numbers before texts. */
export interface SetState {
  readonly elements: readonly SetElement[];
  readonly hash: number;
}
