/** RFC 3261 §20.43: 399 is for people to read. */
const MISCELLANEOUS = 399

/** The value of a Warning that says why; what would end the quotes, or is no ASCII, is left out. */
export function warning(agentHost: string, text: string): string {
  return `${MISCELLANEOUS} ${agentHost} "${text.replace(/[^ !#-[\]-~]/g, '')}"`
}
