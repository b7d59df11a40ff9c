/** The times of something done again and again, in milliseconds. */
export interface Sample {
  readonly name: string;
  readonly times: readonly number[];
}

/** Does things in turn, so that what else the machine does meets all of them alike. */
export async function interleaved(
  rounds: number,
  work: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<readonly Sample[]> {
  const entries = Object.entries(work);
  const times = new Map(entries.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, act] of entries) times.get(name)?.push(await timed(act));
  }
  return entries.map(([name]) => ({ name, times: times.get(name) ?? [] }));
}

export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A figure to hold, as a ratio or a difference of medians. */
export interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: "×" | "ms" | "MiB";
}

export function isHeld({ measured, limit }: Goal): boolean {
  return measured <= limit;
}

export function ratio(samples: readonly Sample[], ours: string, direct: string): number {
  return median(timesOf(samples, ours)) / median(timesOf(samples, direct));
}

export function difference(samples: readonly Sample[], ours: string, direct: string): number {
  return median(timesOf(samples, ours)) - median(timesOf(samples, direct));
}

function timesOf(samples: readonly Sample[], name: string): readonly number[] {
  return samples.find((sample) => sample.name === name)?.times ?? [];
}
