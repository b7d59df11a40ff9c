import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { createSandbox, type Sandbox } from "../testkit/sandbox.ts";
import { createReaders } from "../src/agents/readers.ts";
import { batonIn } from "../test/support/command.ts";
import { timed, type Sample } from "./measure.ts";

/** Of each agent. */
const COPIES = 1_000;
const LATER = 11;
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export interface NativeListing {
  readonly samples: readonly Sample[];
  readonly files: number;
  readonly megabytes: number;
}

/** `baton sessions --native` over thousands of conversations: with an empty index, and when nothing has changed. */
export async function measureNativeListing(): Promise<NativeListing> {
  const sandbox = await createSandbox();
  const baton = batonIn(sandbox);
  try {
    const { files, bytes } = await makeConversations(sandbox);
    await baton.run(["hub", "start"]);
    const look = () => baton.run(["sessions", "--native", "--json"]);
    const first = await timed(look);
    const later: number[] = [];
    for (let round = 0; round < LATER; round += 1) later.push(await timed(look));
    const samples = [
      { name: "the first time", times: [first] },
      { name: "later", times: later },
      {
        name: "later, with --query",
        times: [await timed(() => baton.run(["sessions", "--native", "--query", "heron"]))],
      },
    ];
    return { samples, files, megabytes: Math.round(bytes / 1_000_000) };
  } finally {
    await baton.run(["hub", "stop"]);
    await sandbox.dispose();
  }
}

/** One conversation with each real agent, copied under other ids. */
async function makeConversations(
  sandbox: Sandbox,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const script = JSON.stringify([
    { shell: "seq 1 500" },
    { shell: "git log --stat" },
    { say: "It is a heron." },
  ]);
  const input = `Which bird is it? SCRIPT ${script}`;
  for (const argv of [
    [sandbox.clis.claude, "-p", "--allowedTools", "Bash"],
    [sandbox.clis.codex, "exec", "-"],
    ["gemini", "-m", "gemini-3.8-flash", "--approval-mode", "yolo"],
  ] as const) {
    const { code, stderr } = await sandbox.run(argv, { input });
    if (code !== 0) throw new Error(`${argv[0]}: ${stderr}`);
  }
  let [files, bytes] = [0, 0];
  for (const reader of createReaders(sandbox.batonHome).values()) {
    const [found] = (await reader.find(sandbox.env)).files;
    if (found === undefined) throw new Error(`${reader.agent} has written no conversation`);
    const { session } = await reader.read(found);
    const text = await readFile(found.file, "utf8");
    for (let copy = 1; copy <= COPIES; copy += 1) {
      const id = session.native_id.replace(/^.{8}/, copy.toString(16).padStart(8, "0"));
      const target = copyOf(found.file, session.native_id, id);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text.replaceAll(session.native_id, id));
    }
    files += COPIES + 1;
    bytes += text.length * (COPIES + 1);
  }
  return { files, bytes };
}

function copyOf(file: string, id: string, other: string): string {
  const name = path.basename(file);
  const renamed = ID.test(name) ? name.replace(id, other) : name.replace(id.slice(0, 8), other.slice(0, 8));
  return path.join(path.dirname(file), renamed);
}
