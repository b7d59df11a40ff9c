import type { Loss } from "./entry.ts";

/** Adds up what is lost, by kind and reason, in the order in which it was first met. */
export function countLosses() {
  const sums = new Map<string, Loss>();
  return {
    add(what: string, why: string, count = 1): void {
      const key = JSON.stringify([what, why]);
      sums.set(key, { what, why, count: (sums.get(key)?.count ?? 0) + count });
    },
    list: (): readonly Loss[] => [...sums.values()].filter(({ count }) => count > 0),
  };
}

export type LossCount = ReturnType<typeof countLosses>;
