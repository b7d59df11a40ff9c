import type { LeftOut } from "../../core/transcript.ts";

/** Counts what a reader leaves out. */
export interface Losses {
  add(what: LeftOut["what"], count?: number): void;
  reset(): void;
  list(): readonly LeftOut[];
}

export function countLosses(): Losses {
  const counts = new Map<LeftOut["what"], number>();
  return {
    add: (what, count = 1) => {
      if (count > 0) counts.set(what, (counts.get(what) ?? 0) + count);
    },
    reset: () => counts.clear(),
    list: () => [...counts].map(([what, count]) => ({ what, count })),
  };
}
