import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configSchema } from "../../src/contracts/config.ts";
import { realDirectory } from "../../src/hub/scope.ts";
import type { Asker } from "../../src/hub/viewer.ts";
import { checkDirectory, checkFile, type DirectoryRequest } from "../../src/hub/working-directory.ts";

const person = { viewer: { kind: "person", root: "r" }, task: null } as unknown as Asker;
const agent = { viewer: { kind: "agent", root: "r" }, task: null } as unknown as Asker;

let base = "";
const at = (...parts: readonly string[]) => path.join(base, ...parts);
beforeEach(() => {
  base = realpathSync(mkdtempSync(path.join(tmpdir(), "baton-cwd-")));
  for (const folder of ["work/a/deep", "work/ab", "home/me/allowed", "config", "elsewhere"])
    mkdirSync(at(folder), { recursive: true });
  symlinkSync(at("elsewhere"), at("work/a/out"));
  symlinkSync(at("work"), at("link-to-work"));
});
afterEach(() => rmSync(base, { recursive: true }));

interface Case {
  readonly asker?: Asker;
  readonly origin?: DirectoryRequest["origin"];
  readonly workspaces?: readonly string[];
  readonly access?: { readonly roots?: string[]; readonly model_roots?: string[] };
  readonly env?: Readonly<Record<string, string>>;
}

/** Whether a task may run in a folder, which is named as the caller names it. */
async function allows(folder: string, { asker = agent, origin = "chosen", ...more }: Case = {}) {
  const { workspaces = [at("work/a")], access = {}, env = { HOME: at("home/me") } } = more;
  const caller = {
    cwd: at("work/a"),
    workspaces: [...workspaces],
    env,
    named: [],
    config: at("config/config.toml"),
  };
  const cwd = await realDirectory(folder);
  const request = { cwd, counted: (place: string) => place, origin, asker, caller };
  const settings = configSchema.parse({ access }).access;
  return checkDirectory({ ...request, access: settings }).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ error: { code: "cwd_denied" } });
      return false;
    },
  );
}
const taskIn = (cwd: string) =>
  ({ viewer: { kind: "delegate" }, task: { id: "t_1", cwd } }) as unknown as Asker;

describe("a directory that a model has chosen", () => {
  it("is in the caller's workspace, and no sibling with the same beginning", async () => {
    expect(await allows(at("work/a"))).toBe(true);
    expect(await allows(at("work/a/deep"))).toBe(true);
    for (const folder of ["work/ab", "work", "elsewhere", "work/a/../ab"])
      expect(await allows(`${base}/${folder}`)).toBe(false);
  });

  it("is not reached by a link that leads out, and is by one that leads in", async () => {
    expect(await allows(at("work/a/out"))).toBe(false);
    expect(await allows(at("link-to-work/a/deep"))).toBe(true);
    expect(await allows(at("work/a"), { workspaces: [at("link-to-work/a")] })).toBe(true);
  });

  it("may be in model_roots too: absolute, below `~`, or relative to the config file", async () => {
    const access = (folder: string) => ({ access: { model_roots: [folder] } });
    expect(await allows(at("elsewhere"), access(at("elsewhere")))).toBe(true);
    expect(await allows(at("home/me/allowed"), access("~/allowed"))).toBe(true);
    expect(await allows(at("home/me"), access("~/allowed"))).toBe(false);
    expect(await allows(at("home/me/allowed"), access("~"))).toBe(true);
    expect(await allows(at("elsewhere"), access("../elsewhere"))).toBe(true);
    expect(await allows(at("config"), access("~"))).toBe(false);
    expect(await allows(at("work/a/out"), access("../work/a/out"))).toBe(true);
  });

  it("is not the folder of the config where `~` stands for no home", async () => {
    expect(await allows(at("config"), { access: { model_roots: ["~"] }, env: {} })).toBe(false);
  });

  it("is in the directory of the task that asks, chosen or not, whatever the caller's workspaces are", async () => {
    const asker = taskIn(at("work/a"));
    for (const origin of ["chosen", "given"] as const) {
      expect(await allows(at("work/a/deep"), { asker, origin })).toBe(true);
      expect(await allows(at("work/ab"), { asker, origin, workspaces: [base] })).toBe(false);
      expect(await allows(at("work/a/out"), { asker, origin })).toBe(false);
    }
  });
});

describe("a directory that nobody has chosen", () => {
  it("is the caller's own affair, as is a person's choice", async () => {
    expect(await allows(at("elsewhere"), { origin: "given" })).toBe(true);
    expect(await allows(at("elsewhere"), { asker: person })).toBe(true);
  });
});

describe("[access] roots", () => {
  it("hold for everybody, chosen or not", async () => {
    const access = { roots: [at("work")], model_roots: [base] };
    for (const asker of [person, agent, taskIn(base)]) {
      for (const origin of ["chosen", "given"] as const) {
        expect(await allows(at("work/a/deep"), { asker, origin, access })).toBe(true);
        for (const folder of ["elsewhere", "work/a/out"])
          expect(await allows(at(folder), { asker, origin, access })).toBe(false);
      }
    }
  });

  it("may be links themselves, below `~`, relative, and not there", async () => {
    const asker = person;
    expect(await allows(at("work/ab"), { asker, access: { roots: [at("link-to-work")] } })).toBe(true);
    expect(await allows(at("home/me/allowed"), { asker, access: { roots: ["~/allowed"] } })).toBe(true);
    expect(await allows(at("work"), { asker, access: { roots: ["../work"] } })).toBe(true);
    expect(await allows(at("work"), { asker, access: { roots: [at("gone")] } })).toBe(false);
  });
});

describe("a file that is attached", () => {
  const access = configSchema.parse({}).access;
  const may = async (file: string, asker: Asker, workspaces: readonly string[] = []) => {
    const caller = {
      cwd: at("work/a"),
      workspaces: [...workspaces],
      env: {},
      named: [],
      config: at("c.toml"),
    };
    return checkFile(at(file), { asker, caller, counted: (place) => place, access }).then(
      () => true,
      () => false,
    );
  };

  it("is a person's own affair", async () => {
    expect(await may("elsewhere/x", person)).toBe(true);
  });

  it("lies in a model's workspace, or where it asks from when its client names none", async () => {
    expect(await may("work/ab/x", agent, [at("work")])).toBe(true);
    expect(await may("elsewhere/x", agent, [at("work")])).toBe(false);
    expect(await may("work/a/deep/x", agent)).toBe(true);
    expect(await may("work/ab/x", agent)).toBe(false);
  });

  it("lies in the directory of the task that asks", async () => {
    expect(await may("work/a/deep/x", taskIn(at("work/a")), [base])).toBe(true);
    expect(await may("work/ab/x", taskIn(at("work/a")), [base])).toBe(false);
  });
});
