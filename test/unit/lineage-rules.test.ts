import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/contracts/config.ts";
import type { Access } from "../../src/contracts/task.ts";
import { depthOf, leastAccess, refusalOf, type Delegation, type Link } from "../../src/core/lineage.ts";

const { limits: DEFAULTS } = configSchema.parse({});
const ACCESS: readonly Access[] = ["read", "write", "full"];

const link = (index: number, more: Partial<Link> = {}): Link => ({
  id: `t_${index}`,
  agent: "codex",
  session: `s_${index}`,
  nativeId: `native-${index}`,
  prompt: `prompt ${index}`,
  access: "read",
  depth: index + 1,
  ...more,
});
const chainOf = (length: number, more: Partial<Link> = {}) =>
  Array.from({ length }, (_, index) => link(index, more));
const delegation = (more: Partial<Delegation> = {}): Delegation => ({
  root: "native-root",
  chain: [],
  asking: [],
  foreignDepth: 0,
  asked: { agent: "claude", prompt: "something new", session: null, nativeId: null },
  below: 0,
  spentUsd: 0,
  limits: DEFAULTS,
  ...more,
});
const asking = (more: Partial<Delegation["asked"]>): Delegation["asked"] => ({
  ...delegation().asked,
  ...more,
});
const wide = { max_depth: 100, max_tasks_below: 1_000 };
const codeOf = (one: Delegation) => refusalOf(one)?.code ?? null;

const agents = fc.constantFrom("claude", "codex", "gemini");
const chains = fc
  .array(
    fc.record({
      agent: agents,
      session: fc.constantFrom("s_a", "s_b", "s_c", "s_d"),
      nativeId: fc.constantFrom(null, "n_a", "n_b", "n_c"),
      prompt: fc.constantFrom("one", "two words", "three of them"),
      access: fc.constantFrom(...ACCESS),
    }),
    { maxLength: 8 },
  )
  .map((links) => links.map((more, index) => link(index, more)));
const anything = fc.record({
  root: fc.constantFrom("shell:1@2", "n_a", "n_root"),
  chain: chains,
  asking: fc.constant([]),
  foreignDepth: fc.oneof(fc.constant(0), fc.nat(12), fc.maxSafeNat()),
  asked: fc.record({
    agent: agents,
    prompt: fc.constantFrom("one", " two\n words ", "four"),
    session: fc.constantFrom(null, "s_a", "s_x"),
    nativeId: fc.constantFrom(null, "n_a", "n_root", "n_x"),
  }),
  below: fc.nat(30),
  spentUsd: fc.double({ min: 0, max: 10, noNaN: true }),
  limits: fc.record({
    max_depth: fc.integer({ min: 1, max: 10 }),
    max_tasks_below: fc.nat(25),
    budget_usd_per_root: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
  }),
}) as fc.Arbitrary<Delegation>;

describe("a panel", () => {
  const panel = link(1, { agent: "panel", depth: 2 });

  it("is one delegation together with what it asks, whatever another bridge has told", () => {
    expect(depthOf({ chain: [link(0), panel], foreignDepth: 0 })).toBe(2);
    expect(depthOf({ chain: [link(0), panel, link(2, { depth: 2 })], foreignDepth: 0 })).toBe(3);
    const deeper = link(1, { agent: "panel", depth: 4 });
    expect(depthOf({ chain: [deeper], foreignDepth: 3 })).toBe(4);
  });

  it("was counted as one when it was asked for, and its members stand under every other rule", () => {
    const full = { below: DEFAULTS.max_tasks_below, chain: [link(0), panel] };
    expect(codeOf(delegation(full))).toBeNull();
    expect(codeOf(delegation({ ...full, chain: [link(0)] }))).toBe("fan_out");
    const above = { agent: "codex", prompt: "prompt 0" };
    expect(codeOf(delegation({ ...full, asked: asking(above) }))).toBe("loop_cycle");
    expect(codeOf(delegation({ ...full, asked: asking({ session: "s_0" }) }))).toBe("loop_cycle");
    const limits = { ...DEFAULTS, budget_usd_per_root: 1 };
    expect(codeOf(delegation({ ...full, spentUsd: 1, limits }))).toBe("budget_exceeded");
    expect(codeOf(delegation({ ...full, limits: { ...DEFAULTS, max_depth: 1 } }))).toBe("loop_depth");
  });
});

describe("the rule of depth", () => {
  it("refuses what is deeper than max_depth, and nothing else for that reason", () => {
    fc.assert(
      fc.property(anything, (one) => {
        const depth = depthOf(one);
        expect(codeOf(one) === "loop_depth").toBe(depth > one.limits.max_depth);
      }),
    );
  });

  it("lets what another bridge tells only raise the depth", () => {
    fc.assert(
      fc.property(anything, (one) => {
        const own = depthOf({ ...one, foreignDepth: 0 });
        expect(own).toBe(one.chain.length + 1);
        expect(depthOf(one)).toBe(Math.max(own, one.foreignDepth + 1));
      }),
    );
  });

  it("lets Claude ask Codex and Codex Claude, and refuses the hop after that, with the chain and what to do", () => {
    const chain = [link(0, { agent: "codex" }), link(1, { agent: "claude" })];
    expect(codeOf(delegation())).toBeNull();
    expect(codeOf(delegation({ chain: chain.slice(0, 1) }))).toBeNull();
    const refusal = refusalOf(delegation({ chain, asked: asking({ agent: "codex" }) }));
    expect(refusal).toMatchObject({ code: "loop_depth", retryable: false });
    expect(refusal?.message).toContain("native-root -> codex (t_0) -> claude (t_1) -> codex");
    expect(refusal?.hint).toContain("yourself");
  });
});

describe("the rule of cycles", () => {
  const open = { ...wide };

  it("refuses each session that waits above, by Baton's id and by the agent's own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (length, seed) => {
        const chain = chainOf(length);
        const above = chain[seed % length];
        const { session = "", nativeId = "" } = above ?? {};
        for (const asked of [asking({ session }), asking({ session: "s_x", nativeId })])
          expect(codeOf(delegation({ chain, asked, limits: open }))).toBe("loop_cycle");
      }),
    );
  });

  it("refuses the root's own session, also where the root itself asks for it", () => {
    fc.assert(
      fc.property(fc.nat(6), (length) => {
        const asked = asking({ nativeId: "native-root" });
        expect(codeOf(delegation({ chain: chainOf(length), asked, limits: open }))).toBe("loop_cycle");
      }),
    );
  });

  it("refuses the same agent with the same prompt as above, whatever white space is in it", () => {
    const spaces = fc.array(fc.constantFrom(" ", "\n", "\t", "\r\n", "\u00a0"), {
      minLength: 1,
      maxLength: 4,
    });
    const words = fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(words, spaces, fc.nat(5), (said, between, above) => {
        const chain = chainOf(6).map((one, index) =>
          index === above ? { ...one, agent: "gemini", prompt: said.join(" ") } : one,
        );
        const space = between.join("");
        const prompt = `${space}${said.join(space)}${space}`;
        const again = delegation({ chain, asked: asking({ agent: "gemini", prompt }), limits: open });
        expect(codeOf(again)).toBe("loop_cycle");
        const other = { ...again, asked: asking({ agent: "claude", prompt }) };
        expect(codeOf(other)).toBeNull();
      }),
    );
  });

  it("says nothing against sessions without an id of the agent's own yet", () => {
    const chain = chainOf(2, { nativeId: null });
    expect(codeOf(delegation({ chain, limits: open }))).toBeNull();
  });
});

describe("the rule of money", () => {
  it("refuses the next task exactly when the budget is used up", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (spentUsd, budget) => {
          const limits = { ...DEFAULTS, budget_usd_per_root: budget };
          const expected = spentUsd >= budget ? "budget_exceeded" : null;
          expect(codeOf(delegation({ spentUsd, limits }))).toBe(expected);
          expect(codeOf(delegation({ spentUsd: budget, limits }))).toBe("budget_exceeded");
        },
      ),
    );
  });

  it("refuses nothing without a budget", () => {
    expect(codeOf(delegation({ spentUsd: 1e9 }))).toBeNull();
  });
});

describe("the rule of number", () => {
  it("refuses below a task of a root exactly when there are max_tasks_below, and never the root itself", () => {
    fc.assert(
      fc.property(anything, (one) => {
        const isAtFault = one.chain.length > 0 && one.below >= one.limits.max_tasks_below;
        expect(codeOf(one) !== "fan_out" || isAtFault).toBe(true);
        const fresh = { ...one, asked: asking({ agent: "opencode" }), foreignDepth: 0 };
        const free = { ...wide, max_tasks_below: one.limits.max_tasks_below };
        const isFull = one.chain.length > 0 && one.below >= free.max_tasks_below;
        expect(codeOf({ ...fresh, limits: free })).toBe(isFull ? "fan_out" : null);
      }),
    );
  });
});

interface Node {
  readonly chain: readonly Link[];
  readonly session: string;
}

/** Agents that ask whatever comes to their mind, each as long as anybody listens. */
function runWild(choices: readonly Choice[], limits: Delegation["limits"]) {
  const nodes: Node[] = [];
  const belowOf = (first: Link | undefined) =>
    nodes.filter(({ chain }) => chain.length > 1 && chain[0]?.id === first?.id).length;
  for (const [index, { who, agent, prompt, again }] of choices.entries()) {
    const chain = nodes[who % (nodes.length + 1)]?.chain ?? [];
    const session = again === null ? null : (nodes[again]?.session ?? null);
    const asked = { agent, prompt, session, nativeId: null };
    const one = delegation({ chain, asked, below: belowOf(chain[0]), limits });
    if (refusalOf(one) !== null) continue;
    const own = session ?? `s_${index}`;
    const made = link(index, { agent, prompt, session: own, nativeId: null, depth: depthOf(one) });
    nodes.push({ chain: [...chain, made], session: own });
  }
  return {
    most: Math.max(0, ...nodes.map(({ chain }) => belowOf(chain[0]))),
    deepest: Math.max(0, ...nodes.map(({ chain }) => chain.length)),
  };
}

interface Choice {
  readonly who: number;
  readonly agent: string;
  readonly prompt: string;
  readonly again: number | null;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  who: fc.nat(),
  agent: agents,
  prompt: fc.constantFrom("do it", "do it well", "again", "and again"),
  again: fc.option(fc.nat(20), { nil: null }),
});

describe("following the rules", () => {
  it("a tree of tasks stays bounded, whatever agents ask for and however often", () => {
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 50, maxLength: 400 }),
        fc.record({ max_depth: fc.integer({ min: 1, max: 6 }), max_tasks_below: fc.nat(8) }),
        (choices, limits) => {
          const { most, deepest } = runWild(choices, limits);
          expect(most).toBeLessThanOrEqual(limits.max_tasks_below);
          expect(deepest).toBeLessThanOrEqual(limits.max_depth);
        },
      ),
    );
  });

  it("two agents that always ask the other one first end after max_depth tasks", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), (max_depth) => {
        const chain: Link[] = [];
        for (;;) {
          const agent = chain.length % 2 === 0 ? "codex" : "claude";
          const asked = asking({ agent, prompt: `ask the other one first (${chain.length})` });
          const one = delegation({ chain, asked, below: chain.length, limits: { ...wide, max_depth } });
          if (refusalOf(one) !== null) break;
          chain.push(link(chain.length, { agent, prompt: asked.prompt }));
        }
        expect(chain.length).toBe(max_depth);
      }),
    );
  });

  it("two agents that pass the request on as it stands end as soon as one has it again", () => {
    const chain = [
      link(0, { agent: "codex", prompt: "do it" }),
      link(1, { agent: "claude", prompt: "do it" }),
    ];
    const asked = asking({ agent: "codex", prompt: "do it" });
    expect(codeOf(delegation({ chain, asked, limits: wide }))).toBe("loop_cycle");
  });

  it("a long day of one root is never refused: thousands of tasks, the same prompts, several sessions", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), agents, fc.nat(3), (before, agent, kind) => {
        const session = [null, "s_mine", "s_other", null][kind] ?? null;
        const nativeId = session === null ? null : `native-of-${session}`;
        const one = delegation({ below: before, asked: { agent, prompt: "the same", session, nativeId } });
        expect(refusalOf(one)).toBeNull();
      }),
    );
  });

  it("siblings and retries of a task are not refused, with the same prompt and in the same session", () => {
    const chain = [link(0, { agent: "claude", prompt: "the plan" })];
    const asked = { agent: "codex", prompt: "step one", session: "s_sibling", nativeId: "n_sibling" };
    for (let before = 0; before < DEFAULTS.max_tasks_below; before += 1)
      expect(refusalOf(delegation({ chain, asked, below: before }))).toBeNull();
  });

  it("a second conversation with the agents above is not refused", () => {
    fc.assert(
      fc.property(chains, (chain) => {
        const prompts = chain.map(({ agent }) =>
          codeOf(delegation({ chain, asked: asking({ agent, prompt: "a new request" }), limits: wide })),
        );
        expect(prompts).toEqual(chain.map(() => null));
      }),
    );
  });
});

describe("the least access", () => {
  it("is one of those given and above none of them", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ACCESS), { minLength: 1, maxLength: 6 }), (levels) => {
        const least = leastAccess(...levels);
        expect(levels).toContain(least);
        for (const level of levels) expect(ACCESS.indexOf(least)).toBeLessThanOrEqual(ACCESS.indexOf(level));
      }),
    );
  });
});
