import { type Asking, innerPages, pageOf } from '../admin-page.ts'
import { attack } from '../attack.ts'

const ELSEWHERE = 'elsewhere.invalid'

/**
 * What a page of somebody else can have a browser ask that reaches the administration: under a name of that page (DNS
 * rebinding), or as a simple request across origins.
 */
const WAYS: readonly { readonly how: string; readonly fields: Readonly<Record<string, string>> }[] = [
  { how: 'with a Host of another page', fields: { Host: ELSEWHERE } },
  {
    how: 'with an Origin of another page',
    fields: { Origin: `https://${ELSEWHERE}`, 'Content-Type': 'text/plain' },
  },
]

/** A browser behind the firewall does what a page from outside tells it, and reads what it gets by a name of that page. */
export const adminFromAnotherPage = attack({
  id: 'admin-from-another-page',
  entry: 'H11',
  title: 'reaches the administration by way of a browser that shows another page',
  threats: ['known-internet-attacks', 'hard-to-set-up-safely'],
  clause: '§1, attacks of the Internet; §3.1, secure set-up',
  references: ['RFC 6454 §8', 'RFC 9110 §7.2'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 50,
  needs: ['admin'],
  expected: 'A Host that is not its own and an Origin of another page get no page and no command.',
  mending: {
    aspis:
      'On by default: a foreign Host or Origin is 403, and every command needs a token that no browser keeps.',
    kamailio:
      'In `event_route[xhttp:request]` compare `$hdr(Host)` and `$hdr(Origin)` before `jsonrpc_dispatch()`.',
    opensips: 'Put a proxy before `httpd` that compares Host and Origin and asks for credentials.',
    asterisk: 'Leave `allowed_origins` of ari.conf empty, and put a proxy before it that compares Host.',
  },
  async run(trial) {
    const open: string[] = []
    const seen = new Map<string, Set<number>>()
    let tried = 0
    for (const { how, fields } of WAYS) {
      for (const { asking, tells } of innerPages(trial)) {
        const forged: Asking = { ...asking, fields }
        const page = await pageOf(trial, forged)
        tried++
        if (page === undefined) continue
        seen.set(how, (seen.get(how) ?? new Set()).add(page.status))
        if (page.status === 200 && tells(page.text)) open.push(`${asking.path} ${how}`)
      }
    }
    const counts = { tried, open: open.length }
    if (open.length > 0) return trial.succeeded(`answered were ${open.slice(0, 4).join(', ')}`, counts)
    if (seen.size === 0) return trial.inconclusive(`nobody answered at ${trial.target.admin ?? ''}`)
    const told = [...seen].map(([how, statuses]) => `${how} ${[...statuses].join(', ')}`)
    return trial.resisted(`no page told anything: ${told.join('; ')}`, counts)
  },
})
