/** Longest summary of a tool's call or result, in UTF-16 units. */
const LENGTH = 500;

/** The beginning of what a tool was given or has answered, for the log. */
export function summaryOf(text: string): string {
  return text.length <= LENGTH ? text : `${text.slice(0, LENGTH - 1).toWellFormed()}…`;
}
