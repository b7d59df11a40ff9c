import { describe, expect, it } from "../support/baton.ts";
import { createRandom } from "./random.ts";
import { faultsOf, soak } from "./soak.ts";

describe("many tasks over both agents, with kills, cancels and hub crashes", () => {
  it("all end, and every conversation goes on", { timeout: 180_000 }, async ({ sandbox, baton }) => {
    const seed = Date.now() % 1_000_000;
    const report = await soak({
      sandbox,
      baton,
      random: createRandom(seed),
      tasks: 30,
      say: () => undefined,
    });
    expect({ seed, faults: faultsOf(report) }).toEqual({ seed, faults: [] });
    expect(report.started).toBeGreaterThan(20);
  });
});
