import { innerPages, pageOf } from '../admin-page.ts'
import { attack } from '../attack.ts'

/** Users, contacts and settings for whoever finds the port. */
export const adminWithoutToken = attack({
  id: 'admin-without-token',
  entry: 'H11',
  title: 'reads users, settings or commands of the administration without credentials',
  threats: ['known-internet-attacks', 'hard-to-set-up-safely'],
  clause: '§1, attacks of the Internet; §3.1, secure set-up',
  references: ['RFC 9110 §11.6.1', 'RFC 6750 §2.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['admin'],
  expected: 'Without credentials no page tells of users or settings, and no command is done.',
  mending: {
    aspis: 'On by default: all but health and metrics needs the token in `admin.token` of the data folder.',
    kamailio:
      'In `event_route[xhttp:request]` check `$si` and `www_authenticate()` before `jsonrpc_dispatch()`; bind it to 127.0.0.1.',
    opensips: 'Bind `httpd` to 127.0.0.1 (parameter `ip`), with a proxy before it that asks for credentials.',
    asterisk: 'http.conf: `bindaddr=127.0.0.1`, or TLS alone; in ari.conf a user with a password of chance.',
  },
  async run(trial) {
    const open: string[] = []
    const statuses = new Set<number>()
    const pages = innerPages(trial)
    for (const { asking, tells } of pages) {
      const page = await pageOf(trial, asking)
      if (page === undefined) continue
      statuses.add(page.status)
      if (page.status === 200 && tells(page.text)) open.push(asking.path)
    }
    const counts = { tried: pages.length, open: open.length }
    if (open.length > 0)
      return trial.succeeded(`${open.join(', ')} told users, settings or results to anybody`, counts)
    if (statuses.size === 0) return trial.inconclusive(`nobody answered at ${trial.target.admin ?? ''}`)
    return trial.resisted(
      `${pages.length} pages were answered ${[...statuses].join(', ')} and told nothing`,
      counts,
    )
  },
})
