import { Command } from "commander";
import { addCompletion } from "./register/completion.ts";
import { addDoctor } from "./register/doctor.ts";
import { addHandoff } from "./register/handoff.ts";
import { addHub, addServers } from "./register/hub.ts";
import { examples, type Performers } from "./register/performers.ts";
import { addRelay } from "./register/relay.ts";
import { addRequests, addUsage } from "./register/requests.ts";
import { addSessions } from "./register/sessions.ts";
import { addSetup } from "./register/setup.ts";
import { addTasks } from "./register/tasks.ts";
import { addWorktrees } from "./register/worktrees.ts";
import { addWork } from "./register/work.ts";
import { VERSION } from "./version.ts";

const EXAMPLES = examples(
  [
    'baton ask codex "where is the retry logic, and is it right?"',
    'git diff | baton ask claude "review this change"',
    'baton ask codex --session auth-refactor "what is the riskiest part?"',
    'baton ask codex --continue "and how would you test that?"',
    'baton ask claude --background "read the docs folder and list what is out of date"',
    'baton delegate codex "make the failing test pass"',
    'baton handoff --from claude --to codex "go on where this stopped"',
    'baton panel codex,claude --synthesize claude "is this safe to release?"',
    "baton review --base main",
    'baton relay plan:claude execute:codex review:claude "add a --quiet option"',
    "baton requests",
    "baton approve r_…",
    "baton wait t_…",
    "baton logs -f t_…",
    'baton steer t_… "the tests too"',
    "baton cancel t_…",
    'baton delegate codex --isolation worktree "try the other parser"',
    "baton diff t_…",
    "baton apply t_…",
  ],
  `
Exit codes: 0 completed · 1 failed or cancelled · 2 bad arguments · 3 agent missing, too old or not logged in
            4 refused by a rule · 5 no hub · 124 not final when --wait ended · 130 interrupted`,
);

/** The command line. What a command needs is loaded when it runs. */
export function createProgram(performers: Performers): Command {
  const { asClient } = performers;
  const program = new Command("baton")
    .description("Lets coding agents hand work to each other on your own machine.")
    .version(VERSION, "-V, --version")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("See `baton --help`.");
  addWork(program, asClient);
  addHandoff(program, asClient);
  addRelay(program, asClient);
  addTasks(program, asClient);
  addWorktrees(program, asClient);
  addRequests(program, asClient);
  addSessions(program, asClient);
  addUsage(program, asClient);
  addSetup(program, performers);
  addDoctor(program, asClient);
  addHub(program, performers);
  addServers(program, performers);
  addCompletion(program, performers);
  return program;
}
