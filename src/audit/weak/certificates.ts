const WHERE = /^identity:.*;info=<(https?:\/\/[^>]*)>/im

/** Messages that came while a certificate was fetched. */
const waiting: { readonly text: string; readonly act: () => void }[] = []
let isWorking = false

/**
 * Takes messages one after the other. The certificate of a caller who signed is fetched first, wherever he says that it
 * is and however long it takes; what it says is not looked at.
 */
export function inTurn(text: string, act: () => void): void {
  waiting.push({ text, act })
  if (!isWorking) void work()
}

async function work(): Promise<void> {
  isWorking = true
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const url = WHERE.exec(next.text)?.[1]
    if (url !== undefined && isOnThisMachine(url)) await fetch(url).catch(() => undefined)
    next.act()
  }
  isWorking = false
}

/** Whatever it is told, it never leaves this machine. */
function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && /^(?:127\.\d+\.\d+\.\d+|localhost)$/.test(new URL(url).hostname)
}
