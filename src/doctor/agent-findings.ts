import type { AgentLogin } from "../agents/driver.ts";
import type { Finding } from "../contracts/finding.ts";
import type { AgentFacts, Program } from "./facts.ts";
import { fail, ok, warn } from "./finding.ts";
import { sentence } from "./machine-findings.ts";
import { findingsOfRegistration } from "./registration-findings.ts";
import { isTooOld, minimumOf, rangeOf } from "./versions.ts";

/** How each agent is installed, updated and logged in. */
const COMMANDS: Readonly<Record<string, Readonly<Record<"install" | "update" | "login", string>>>> = {
  claude: {
    install: "npm install -g @anthropic-ai/claude-code",
    update: "npm install -g @anthropic-ai/claude-code@latest",
    login: "claude auth login",
  },
  codex: {
    install: "npm install -g @openai/codex",
    update: "npm install -g @openai/codex@latest",
    login: "codex login",
  },
};

/** Whether a finding says that an agent, or one of these, is not there or too old. */
export function isUnusable({ code, level }: Finding, agents?: readonly string[]): boolean {
  const [, agent] = /^(\w+)_(?:missing|too_old)$/.exec(code) ?? [];
  const isAgent = agent !== undefined && agent in COMMANDS;
  return level === "fail" && isAgent && (agents === undefined || agents.includes(agent));
}

/** What to think of one agent. */
export function findingsOfAgent(facts: AgentFacts): readonly Finding[] {
  const { agent, title, missing, isNamed, program } = facts;
  if (program === null) {
    const message = missing === null ? `${title} is not installed.` : sentence(missing.message);
    return [(isNamed ? fail : warn)(`${agent}_missing`, message, COMMANDS[agent]?.install ?? null)];
  }
  const found = ofVersion(facts, program);
  if (isUnusable(found)) return [found];
  return [
    found,
    ...ofLogin(facts),
    ...ofOpening(facts),
    ...ofSandbox(facts),
    ...findingsOfRegistration(facts),
  ];
}

function ofVersion({ agent, title, version }: AgentFacts, { path, launcher }: Program): Finding {
  if (version === null) {
    return warn(`${agent}_version_unknown`, `${title} at ${path} does not tell its version.`);
  }
  if (isTooOld(agent, version)) {
    const approach = rangeOf(agent, version)?.approach ?? "Update it.";
    const needed = minimumOf(agent);
    const message = `${title} ${version} (${path}) is too old for Baton, which needs ${needed}. ${approach}`;
    return fail(`${agent}_too_old`, message, COMMANDS[agent]?.update ?? null);
  }
  const behind = launcher === null ? "" : `, behind ${launcher}`;
  return ok(`${agent}_found`, `${title} ${version} at ${path}${behind}.`);
}

const PAYERS = {
  subscription: "the subscription pays",
  api_key: "a key pays",
  unknown: "who pays is not known",
} as const;

function ofLogin({ says, opening, ...facts }: AgentFacts): readonly Finding[] {
  const { agent, title } = facts;
  const login = COMMANDS[agent]?.login ?? null;
  if (opening?.error?.code === "agent_auth") {
    return [fail(`${agent}_not_logged_in`, sentence(opening.error.message), login)];
  }
  const told = says?.login ?? null;
  if (told === null) return [];
  if (!told.isLoggedIn) return [fail(`${agent}_not_logged_in`, `${title} is not logged in.`, login)];
  return ofPayer(facts, told);
}

function ofPayer(
  { agent, title, hasLogin, withheld }: Pick<AgentFacts, "agent" | "title" | "hasLogin" | "withheld">,
  told: AgentLogin,
): readonly Finding[] {
  const account = told.account === null ? "" : ` by ${told.account}`;
  const findings = [ok(`${agent}_login`, `${title} is logged in${account}: ${PAYERS[told.billedTo]}.`)];
  if (withheld.length > 0) {
    const message = `${withheld.join(", ")} is kept from ${title}, so that its own login pays ([agents.${agent}] auth).`;
    return [...findings, ok(`${agent}_key_withheld`, message)];
  }
  if (told.billedTo === "api_key" && hasLogin) {
    const message = `A key pays for ${title} although it has a login: [agents.${agent}] auth, or its own settings, say so.`;
    return [...findings, warn(`${agent}_key_before_login`, message)];
  }
  return findings;
}

function ofOpening({ agent, title, opening }: AgentFacts): readonly Finding[] {
  if (opening === null || opening.error?.code === "agent_auth") return [];
  const { error, ms } = opening;
  if (error === null) {
    return [ok(`${agent}_opens`, `${title} takes what Baton needs: a conversation opened in ${ms} ms.`)];
  }
  const isOld = /too old/.test(error.message);
  const fix = isOld ? (COMMANDS[agent]?.update ?? null) : null;
  const hint = isOld || error.hint === null ? "" : ` ${sentence(error.hint)}`;
  const code = isOld ? `${agent}_too_old` : `${agent}_does_not_open`;
  return [fail(code, `${sentence(error.message)}${hint}`, fix)];
}

function ofSandbox({ agent, title, sandbox }: AgentFacts): readonly Finding[] {
  if (sandbox === null) return [];
  if (sandbox.works) return [ok(`${agent}_sandbox`, `The sandbox of ${title} works here.`)];
  const why = sandbox.why === "" ? "" : ` It says: ${sentence(sandbox.why)}`;
  return [
    warn(
      `${agent}_sandbox_broken`,
      `The sandbox of ${title} does not work here, so that its commands fail: bubblewrap or user namespaces are missing.${why}`,
    ),
  ];
}
