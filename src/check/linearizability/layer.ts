// What one way of judging a partition answers. Layers that hand a history on answer null instead.

export type LayerAnswer =
  | {
      readonly verdict: 'ok';
      /** Work done, in calls of the model or what costs as much. */
      readonly steps: number;
      /** A legal order. */
      readonly ids: readonly number[];
    }
  | {
      readonly verdict: 'violation';
      readonly steps: number;
      /** One sentence with values. */
      readonly reason: string;
      /** Ids of operations that contradict each other, the one that cannot be placed first. */
      readonly core: readonly number[];
    };
