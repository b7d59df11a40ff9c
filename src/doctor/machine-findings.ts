import type { Finding } from "../contracts/finding.ts";
import type { HubFacts, MachineFacts } from "./facts.ts";
import { fail, FIX, ok, warn } from "./finding.ts";
import type { WorktreeFacts } from "./worktrees.ts";

const NODE_NEEDED = "22.19";

/** What to think of the machine and of this Baton. */
export function findingsOfMachine(facts: MachineFacts): readonly Finding[] {
  return [
    facts.isNodeEnough
      ? ok("node", `Node.js ${facts.node}.`)
      : fail("node_too_old", `Node.js ${facts.node} is too old: Baton needs ${NODE_NEEDED}.`),
    ofConfig(facts),
    ofHome(facts),
    ...ofHub(facts.hub),
    ...ofLeftovers(facts.hub),
    ...ofWorktrees(facts.worktrees),
    ...ofShell(facts),
  ];
}

function ofConfig({ config: { file, isThere, error } }: MachineFacts): Finding {
  if (error !== null) return fail("config_invalid", sentence(error.message));
  return ok(
    "config",
    isThere ? `The config ${file} is valid.` : `There is no config; the defaults hold (${file}).`,
  );
}

function ofHome({ home, open }: MachineFacts): Finding {
  const [first] = open;
  if (first === undefined) return ok("home", `${home} is yours alone.`);
  const more = open.length > 1 ? ` and ${open.length - 1} more` : "";
  return fail(
    "home_open",
    `Others may use ${first.file} (${first.mode})${more}: BATON_HOME has to be yours alone.`,
    FIX,
  );
}

function ofHub({ status, error, ownVersion, goneScript }: HubFacts): readonly Finding[] {
  if (error !== null)
    return [fail("hub_unreachable", `The hub cannot be asked: ${sentence(error.message)}`, error.hint)];
  if (status === null) return [ok("hub", "No hub runs; the next command that needs one starts it.")];
  const working = status.running_tasks + status.queued_tasks;
  const mend = working > 0 ? "baton hub stop" : FIX;
  if (goneScript !== null) {
    const message = `The hub (process ${status.pid}) runs from ${goneScript}, which is gone.`;
    return [warn("hub_program_gone", message, mend)];
  }
  if (status.version !== ownVersion) {
    const message = `The hub (process ${status.pid}) is of version ${status.version}, this command of ${ownVersion}.`;
    return [warn("hub_other_version", message, mend)];
  }
  return [
    ok(
      "hub",
      `The hub runs (process ${status.pid}, ${status.running_tasks} running, ${status.queued_tasks} waiting).`,
    ),
  ];
}

function ofLeftovers({ leftovers }: HubFacts): readonly Finding[] {
  if (leftovers.length === 0) return [];
  const message = `A hub that was killed has left processes of its agents: ${leftovers.join(", ")}.`;
  return [warn("leftover_processes", message, FIX)];
}

const MEGABYTE = 1_000_000;
const SHOWN = 5;

function ofWorktrees({ tasks, bytes, folder }: WorktreeFacts): readonly Finding[] {
  const [first] = tasks;
  if (first === undefined) return [];
  const named = tasks.slice(0, SHOWN).join(", ");
  const more = tasks.length > SHOWN ? ` and ${tasks.length - SHOWN} more` : "";
  const size = `${Math.ceil(bytes / MEGABYTE)} MB in ${folder}`;
  const message = `Work that was not applied is kept in worktrees (${size}): that of ${named}${more}.`;
  return [
    warn(
      "worktrees_kept",
      message,
      `baton diff ${first}; then baton apply ${first}, or baton discard ${first}`,
    ),
  ];
}

function ofShell({ proxies, marks, inside }: MachineFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (proxies.length > 0) {
    const message = `${proxies.join(", ")} is set and NO_PROXY does not except this machine: an agent may look for Baton's address at the proxy.`;
    findings.push(warn("proxy_takes_loopback", message, "export NO_PROXY=127.0.0.1,localhost,::1"));
  }
  if (inside !== null) {
    const why = marks.length > 0 ? `it carries ${marks.join(", ")}` : "a process around it is one";
    const message = `This shell counts as inside an agent (${inside}): ${why}. What you do here counts as that agent's, and answers no requests.`;
    findings.push(warn("inside_agent", message, marks.length > 0 ? `unset ${marks.join(" ")}` : null));
  }
  return findings;
}

/** Another's words as the end of a sentence of ours. */
export function sentence(words: string): string {
  const trimmed = words.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
