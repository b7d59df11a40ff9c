import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBelow, maySee, type Standing, type Viewer } from "../../src/core/visibility.ts";

interface Forest {
  readonly tasks: readonly Standing[];
}

/** Tasks of three roots; each is asked for by its root or by an earlier task of the same root. */
const forests: fc.Arbitrary<Forest> = fc
  .array(fc.record({ root: fc.constantFrom("r1", "r2", "r3"), parent: fc.nat() }), {
    minLength: 1,
    maxLength: 25,
  })
  .map((drafts) => {
    const tasks: Standing[] = [];
    for (const [index, { root, parent }] of drafts.entries()) {
      const same = tasks.filter((task) => task.root === root);
      const above = same[parent % (same.length + 1)];
      const ancestors = above === undefined ? [] : [...above.ancestors, above.id];
      tasks.push({ id: `t_${index}`, root, ancestors });
    }
    return { tasks };
  });
const viewerOf = ({ id, ancestors }: Standing): Viewer => ({ kind: "delegate", task: id, ancestors });
const idsOf = (tasks: readonly Standing[]) => tasks.map(({ id }) => id);

describe("what somebody may see", () => {
  it("is everything for a person", () => {
    fc.assert(
      fc.property(forests, ({ tasks }) => {
        const person: Viewer = { kind: "person", root: "r1" };
        expect(tasks.filter((task) => maySee(person, task) && isBelow(person, task))).toEqual(tasks);
      }),
    );
  });

  it("is exactly the tasks of its own root for an agent's session", () => {
    fc.assert(
      fc.property(forests, ({ tasks }) => {
        const agent: Viewer = { kind: "agent", root: "r2" };
        const own = idsOf(tasks.filter(({ root }) => root === "r2"));
        expect(idsOf(tasks.filter((task) => maySee(agent, task)))).toEqual(own);
        expect(idsOf(tasks.filter((task) => isBelow(agent, task)))).toEqual(own);
      }),
    );
  });

  it("is the line and what is below for a delegate: no sibling, no other root", () => {
    fc.assert(
      fc.property(forests, fc.nat(), ({ tasks }, pick) => {
        const self = tasks[pick % tasks.length];
        if (self === undefined) throw new Error("a forest has a task");
        const seen = idsOf(tasks.filter((task) => maySee(viewerOf(self), task)));
        const below = idsOf(tasks.filter((task) => isBelow(viewerOf(self), task)));
        const line = [...self.ancestors, self.id];
        expect(new Set(seen)).toEqual(new Set([...line, ...below]));
        const parentOf = ({ ancestors }: Standing) => ancestors.at(-1);
        const isSibling = (task: Standing) => task.id !== self.id && parentOf(task) === parentOf(self);
        const foreign = tasks.filter((task) => isSibling(task) || task.root !== self.root);
        expect(seen.filter((id) => idsOf(foreign).includes(id))).toEqual([]);
        const children = idsOf(tasks.filter((task) => parentOf(task) === self.id));
        expect(below).toEqual(expect.arrayContaining(children));
      }),
    );
  });

  it("includes whatever is below it, and nothing is below itself or below what is below it", () => {
    fc.assert(
      fc.property(forests, ({ tasks }) => {
        for (const self of tasks) {
          expect(isBelow(viewerOf(self), self)).toBe(false);
          for (const other of tasks) {
            if (!isBelow(viewerOf(self), other)) continue;
            expect(maySee(viewerOf(self), other)).toBe(true);
            expect(isBelow(viewerOf(other), self)).toBe(false);
          }
        }
      }),
    );
  });
});
