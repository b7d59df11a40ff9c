import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  lstat,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { StartTask } from "../../src/contracts/rpc.ts";
import { makeFolders } from "../../src/hub/folders.ts";
import { newId } from "../../src/hub/ids.ts";
import { isolate } from "../../src/hub/worktrees/isolate.ts";
import { createWorktrees, type Worktrees } from "../../src/hub/worktrees/worktrees.ts";
import { placesIn, type Places } from "../../src/process/places.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { StoredWorktree } from "../../src/store/worktrees.ts";

const run = promisify(execFile);

/** A repository of a person's, and the worktrees that a hub makes of it; real git, no hub and no agent. */
export interface Kit {
  readonly root: string;
  readonly repo: string;
  readonly env: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly places: Places;
  readonly worktrees: Worktrees;
  readonly errors: unknown[];
  git(cwd: string, ...args: string[]): Promise<string>;
  write(file: string, content: string | Buffer): Promise<void>;
  commit(message?: string): Promise<void>;
  /** Makes a worktree as a task would have it; gives it, and the directory of the task in it. */
  worktree(options?: WorktreeOptions): Promise<{ worktree: StoredWorktree; cwd: string }>;
  apply(worktree: StoredWorktree): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

export interface WorktreeOptions {
  readonly cwd?: string;
  readonly uncommitted?: "left" | "taken";
  readonly title?: string;
}

export async function createKit(): Promise<Kit> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), "baton-worktree-")));
  const repo = path.join(root, "repo");
  const home = path.join(root, "home");
  await mkdir(repo);
  await mkdir(home);
  await writeFile(path.join(home, ".gitconfig"), "[user]\nname = P\nemail = p@example.com\n");
  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const places = placesIn(path.join(root, "state"));
  await makeFolders(places);
  const store = openStore(places.database);
  const errors: unknown[] = [];
  const worktrees = createWorktrees({
    store,
    places,
    letGo: async () => undefined,
    onError: (error) => errors.push(error),
  });
  const git: Kit["git"] = async (cwd, ...args) => {
    const { stdout } = await run("git", args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
  const kit: Kit = {
    root,
    repo,
    env,
    store,
    places,
    worktrees,
    errors,
    git,
    write: async (file, content) => {
      const place = path.resolve(repo, file);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content);
    },
    commit: async (message = "Change") => {
      await git(repo, "add", "-A");
      await git(repo, "commit", "-qm", message);
    },
    worktree: async (options = {}) => makeOne(kit, options),
    apply: async (worktree) =>
      (await worktrees.apply(env, worktree, () => undefined)).map((change) => change.path),
    dispose: async () => {
      store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  await git(repo, "init", "-q", "-b", "main");
  return kit;
}

async function makeOne(kit: Kit, { cwd = kit.repo, uncommitted = "left", title = "Do it" }: WorktreeOptions) {
  const { store, places, env, worktrees } = kit;
  const at = new Date().toISOString();
  const id = newId("s");
  const session = { id, name: null, agent: "codex", native_id: null, title: null, places: {} };
  const chosen = {
    session: { ...session, cwd, scope: cwd, created_at: at, updated_at: at },
    isNew: true,
    unnamed: null,
    cwd,
  };
  const request = {
    isolation: { kind: "worktree", uncommitted },
    caller: { env },
    prompt: title,
  } as unknown as StartTask;
  const isolated = await isolate({ store, places, request, chosen, at });
  const planned = isolated.worktree?.planned;
  if (planned === undefined || planned === null) throw new Error("no worktree was planned");
  store.worktrees.insert(planned);
  await worktrees.prepare(env, planned.id, isolated.chosen.cwd);
  return { worktree: stored(kit, planned.id), cwd: isolated.chosen.cwd };
}

export function stored({ store }: Pick<Kit, "store">, id: string): StoredWorktree {
  const worktree = store.worktrees.byId(id);
  if (worktree === null) throw new Error(`there is no worktree ${id}`);
  return worktree;
}

/** Every file of a folder with its mode and content, and the bytes of the user's index. */
export async function stateOf(repo: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const place = path.join(folder, entry.name);
      if (entry.name === ".git") continue;
      const { mode } = await lstat(place);
      const name = path.relative(repo, place);
      if (entry.isDirectory()) await walk(place);
      else if (entry.isSymbolicLink()) files[name] = `link ${await readlink(place)}`;
      else files[name] = `${mode.toString(8)} ${(await readFile(place)).toString("base64")}`;
    }
  };
  await walk(repo);
  const index = await readFile(path.join(repo, ".git", "index")).catch(() => Buffer.from(""));
  files[".git/index"] = index.toString("base64");
  return files;
}

/** What is left in the repository of worktrees and their branches. */
export async function leftIn(kit: Kit): Promise<{ readonly worktrees: number; readonly branches: string }> {
  const listed = await kit.git(kit.repo, "worktree", "list", "--porcelain");
  const worktrees = listed.split("\n").filter((line) => line.startsWith("worktree ")).length - 1;
  const branches = await kit.git(kit.repo, "branch", "--list", "baton*");
  return { worktrees, branches };
}
