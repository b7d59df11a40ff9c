/** Names whose value is secret whatever it looks like. */
const STRONG = /passw|passphrase|passcode|.pass$|pwd|secret|credential/;
/** Names whose value is secret where it is a word of some length. */
const USUAL =
  /(?:api|access|secret|private|auth|signing|encryption|account|shared|master|service|license|deploy)key|(?:auth|access|refresh|bearer|session|bot|api|user|personal|registry|deploy)token/;
/** Names whose value is secret where it looks random. */
const POSSIBLE = /key|token|auth|cookie|signature|sig$|jwt|bearer|connectionstring|dsn$/;

/** What stands for a value without being one: a variable, a template, asterisks, a type. */
const PLACEHOLDER = /^(?:\$[A-Z_][A-Z0-9_]*|\$\{.*|\{\{.*|%[A-Z_]+%|<.*>|[*x•.]+|\[redacted\])$/;
const TYPE =
  /^(?:string|str|number|boolean|bool|object|any|unknown|null|none|nil|undefined|true|false|required|optional|invalid|missing|empty|z|this|self|await|new|function|async|return)$/i;
/** A piece of a program: a call or dotted names, without digits, or the beginning of a list. */
const EXPRESSION = /^(?:[[{(|<]|[A-Za-z_$]+(?:\(|\[|(?:\??\.[A-Za-z_$]+)+(?:$|[([])))/;

/** Whether a value has to go because of the name that it stands behind. */
export function isSecretValue(name: string, value: string): boolean {
  const literal = /^\\?["'`]/.test(value);
  const text = value.replaceAll(/^\\?["'`]|\\?["'`]$/g, "");
  return !isStandIn(text, literal) && isSecretBehind(name, text, literal ? 8 : Infinity);
}

function isStandIn(text: string, literal: boolean): boolean {
  if (text === "" || PLACEHOLDER.test(text) || TYPE.test(text.replace(/[;,]$/, ""))) return true;
  return !literal && EXPRESSION.test(text);
}

/** @param length from which a word without a digit counts behind a usual name */
function isSecretBehind(name: string, text: string, length: number): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (STRONG.test(plain)) return true;
  if (/\s/.test(text)) return false;
  const isLong = text.length >= length || (text.length >= 8 && /\d/.test(text));
  return (isLong && USUAL.test(plain)) || (POSSIBLE.test(plain) && looksRandom(text));
}

/** Whether a word is of the kind that a generator makes: words and names of programs change their class seldom. */
export function looksRandom(word: string): boolean {
  if (word.length < 12 || !/[A-Za-z]/.test(word)) return false;
  if (/\d/.test(word)) return true;
  const classes = Array.from(word, classOf);
  const changes = classes.filter((it, index) => index > 0 && it !== classes[index - 1]).length;
  return changes / word.length >= 0.4;
}

function classOf(letter: string): "lower" | "upper" | "other" {
  if (/[a-z]/.test(letter)) return "lower";
  return /[A-Z]/.test(letter) ? "upper" : "other";
}
