import type { Agent } from './agent.ts'
import type { Heard } from './heard.ts'
import { token } from './saying.ts'

/** Requests that mirrors send back in all: whatever the target does, it ends there. */
const MAX_MIRRORED = 24

/**
 * Proxies of ours that send every request back to the target it came from, for the user of its Request-URI; honest in
 * all but that (RFC 5393 §3). The one who multiplies is the target.
 */
export class Mirrors {
  readonly #method: string
  readonly #max: number
  /** Requests that came, each once. */
  received = 0
  #mirrored = 0
  #isOn = true

  /** @param max requests that are sent back */
  constructor(agents: readonly Agent[], method: string, max = MAX_MIRRORED) {
    this.#max = max
    this.#method = method
    for (const agent of agents) void this.#serve(agent)
  }

  stop(): void {
    this.#isOn = false
  }

  async #serve(agent: Agent): Promise<void> {
    while (this.#isOn && !agent.line.isClosed) {
      const heard = await agent.line.next(({ method }) => method === this.#method, 100)
      if (heard === undefined || !this.#isOn) continue
      this.received++
      if (this.#mirrored < this.#max) {
        this.#mirrored++
        agent.line.send(mirrored(heard, agent))
      }
      agent.respond(heard, 480, { contact: false, toTag: token() })
    }
  }
}

/** The request as a proxy forwards it: its Via on top, one hop less. */
function mirrored(heard: Heard, { sentBy, domain }: Agent): string {
  const user = /^sips?:([^@;]*)@/.exec(heard.requestUri)?.[1] ?? ''
  const hops = Number.parseInt(heard.header('Max-Forwards'), 10) - 1
  const via = `Via: SIP/2.0/${sentBy};branch=z9hG4bK${token()};rport`
  return heard.text
    .replace(/^\S+ \S+/, `${heard.method} sip:${user}@${domain}`)
    .replace(/^Via:/im, () => `${via}\r\nVia:`)
    .replace(/^Max-Forwards:[ \t]*\d+/im, `Max-Forwards: ${Number.isNaN(hops) ? 69 : hops}`)
}
