import type { Finding } from "../contracts/finding.ts";
import type { AgentFacts, Registration } from "./facts.ts";
import { fail, ok, warn } from "./finding.ts";
import { sentence } from "./machine-findings.ts";

/** How long Baton lets a call wait, in seconds (mcp/patience.ts): the agent's limit has to be longer. */
const BATON_WAITS: Readonly<Record<string, number>> = { claude: 540, codex: 240, gemini: 540 };
/** Codex 0.169.0 sends its first request of the model after about a second, with the servers that are there by then. */
const CODEX_PATIENCE_MS = 1_000;
/** Below this many milliseconds a call of Claude Code comes back before an agent could have done anything. */
const SHORT_TOOL_TIMEOUT_MS = 60_000;

/** What to think of Baton as an agent has it configured. */
export function findingsOfRegistration(facts: AgentFacts): readonly Finding[] {
  const { agent, title, registration } = facts;
  const setup = `baton setup ${agent}`;
  if (registration === null) {
    if (BATON_WAITS[agent] === undefined) return [];
    return [warn(`${agent}_not_registered`, `${title} does not have Baton's tools.`, setup)];
  }
  const { name, isEnabled, connection } = registration;
  if (!isEnabled) {
    return [warn(`${agent}_registration_off`, `Baton (\`${name}\`) is switched off in ${title}.`, setup)];
  }
  if (!connection.works) {
    const message = `${title} cannot start Baton (\`${name}\`): ${sentence(connection.why)}`;
    return [fail(`${agent}_registration_broken`, message, setup)];
  }
  const values = [
    ...ofTimeout(facts, registration),
    ...(agent === "codex" ? ofCodex(registration, connection.ms) : []),
    ...(agent === "gemini" ? ofGemini(registration) : []),
    ...ofToolTimeout(facts),
  ];
  const took = connection.ms === null ? "" : ` and starts in ${connection.ms} ms`;
  return [ok(`${agent}_registered`, `${title} has Baton's tools (\`${name}\`)${took}.`), ...values];
}

function ofTimeout({ agent, title }: AgentFacts, registration: Registration): readonly Finding[] {
  const { toolTimeoutSeconds: seconds } = registration;
  const waits = BATON_WAITS[agent];
  if (seconds === null || waits === undefined || seconds > waits) return [];
  const message = `${title} gives a call of Baton up after ${seconds} s, before Baton answers (${waits} s).`;
  return [warn(`${agent}_timeout_short`, message, `baton setup ${agent}`)];
}

function ofGemini({ isApproved, missingVariables }: Registration): readonly Finding[] {
  const findings: Finding[] = [];
  if (isApproved === false) {
    const message =
      "Without `trust` Gemini CLI has none of Baton's tools when it runs headless (`gemini -p`).";
    findings.push(warn("gemini_tools_untrusted", message, "baton setup gemini"));
  }
  if (missingVariables.length > 0) {
    const message = `Gemini CLI passes on nothing that looks like a secret unless \`env\` of Baton's entry names it; missing: ${missingVariables.join(", ")}.`;
    findings.push(warn("gemini_variables_missing", message));
  }
  return findings;
}

function ofCodex(registration: Registration, ms: number | null): readonly Finding[] {
  const { toolTimeoutSeconds: seconds, isTimeoutInteger, isApproved, missingVariables } = registration;
  const fix = "baton setup codex";
  const findings: Finding[] = [];
  if (ms !== null && ms > CODEX_PATIENCE_MS) {
    const message = `Baton takes ${ms} ms to start as Codex starts it; a first prompt waits about a second and goes without.`;
    findings.push(warn("codex_start_slow", message));
  }
  if (isTimeoutInteger) {
    const message = `tool_timeout_sec = ${seconds} is an integer, which versions of Codex have ignored: write ${seconds}.0.`;
    findings.push(warn("codex_timeout_integer", message, fix));
  }
  if (seconds !== null && seconds % 5 !== 0) {
    const message = `tool_timeout_sec = ${seconds} is no multiple of five: Baton takes its end for a person's interruption and cancels the task.`;
    findings.push(warn("codex_timeout_odd", message, fix));
  }
  if (isApproved === false) {
    const message =
      "Without default_tools_approval_mode `codex exec` refuses the tools that change something (delegate_task).";
    findings.push(warn("codex_tools_unapproved", message, fix));
  }
  if (missingVariables.length > 0) {
    const message = `Codex passes nothing of your environment on that env_vars does not name; missing: ${missingVariables.join(", ")}.`;
    findings.push(warn("codex_variables_missing", message, fix));
  }
  return findings;
}

function ofToolTimeout({ agent, toolTimeoutMs }: AgentFacts): readonly Finding[] {
  if (toolTimeoutMs === null || toolTimeoutMs >= SHORT_TOOL_TIMEOUT_MS) return [];
  const message = `MCP_TOOL_TIMEOUT is ${toolTimeoutMs} ms: calls come back as working that soon.`;
  return [warn(`${agent}_mcp_tool_timeout_short`, message, "unset MCP_TOOL_TIMEOUT")];
}
