/** What an operator reads of bans, at a server as users run it: no text in it acts on his terminal. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { aspisRun } from '../support/aspis-run.ts'
import { type EdgeProcess, startEdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { DOMAIN } from '../support/raw-ua.ts'
import { freePorts } from '../support/sip-peer.ts'

const edges: EdgeProcess[] = []
after(async () => {
  for (const edge of edges) await edge.remove()
})

/** Clears a screen by one character of C1, turns the reading direction, and by the usual escape. */
const EVIL = '\u009b2J\u001b[2J'

test('aspis ban shows nothing that a terminal would act on, as text and as JSON', {
  skip: missing('curl'),
  timeout: 120_000,
}, async () => {
  const [port = 0, adminPort = 0] = await freePorts(2)
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    adminPort,
    yaml: `domains: [${DOMAIN}]\nlisten: [udp://127.0.0.1:${port}]`,
  })
  edges.push(edge)
  const ban = (...args: string[]) => aspisRun(['ban', ...args, '-c', 'aspis.yaml'], edge.folder)
  assert.equal(ban('add', '192.0.2.7', '--reason', `${EVIL}\u202e`).code, 0)
  const shown = [ban('why', '192.0.2.7').out, ban('why', '192.0.2.7', '--format', 'json').out]
  shown.push(ban('list').out, ban('list', '--format', 'json').out)
  for (const text of shown) {
    assert.match(text, /u009b2J/)
    assert.doesNotMatch(text, /[^\n\u0020-\u007e]/)
  }
})
