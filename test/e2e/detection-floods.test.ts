/** Floods at a server as users run it: they are told, of whom, and no forged address is banned for them. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { aspisRun } from '../support/aspis-run.ts'
import { type EdgeProcess, startEdgeProcess } from '../support/edge-process.ts'
import { freePorts } from '../support/sip-peer.ts'

const DOMAIN = 'example.test'
const FLOODER = '127.0.0.77'
const FUZZER = '127.0.1.77'
const opened: { close(): unknown }[] = []
const edges: EdgeProcess[] = []

after(async () => {
  for (const each of opened) each.close()
  for (const edge of edges) await edge.remove()
})

async function serve(): Promise<{ readonly edge: EdgeProcess; readonly port: number }> {
  const [port = 0, adminPort = 0] = await freePorts(2)
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    adminPort,
    yaml: [
      `domains: [${DOMAIN}]`,
      `listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}]`,
      'log: { format: json }',
      'detection: { detectors: { connection-flood: { burst: 20, perSecond: 1 } } }',
    ].join('\n'),
  })
  edges.push(edge)
  return { edge, port }
}

function told(edge: EdgeProcess, detector: string): number {
  return edge.metric(`aspis_findings_total{detector="${detector}"}`)
}

/** Does something again and again, as floods do, until a detector tells it. */
async function floodUntilTold(
  edge: EdgeProcess,
  detector: string,
  flood: () => Promise<void>,
): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    await flood()
    if (told(edge, detector) > 0) return
    await new Promise(done => setTimeout(done, 100))
  }
  assert.fail(`${detector} tells nothing`)
}

/** Sends datagrams from an address. */
async function fling(ip: string, port: number, texts: readonly string[]): Promise<void> {
  const socket = createSocket('udp4')
  opened.push(socket)
  socket.bind(0, ip)
  await once(socket, 'listening')
  for (const [at, text] of texts.entries()) {
    await new Promise(sent => socket.send(text, port, '127.0.0.1', sent))
    if (at % 50 === 49) await new Promise(done => setImmediate(done))
  }
}

function invite(number: number): string {
  return [
    `INVITE sip:${number}@${DOMAIN} SIP/2.0`,
    `Via: SIP/2.0/UDP ${FLOODER}:5060;branch=z9hG4bK${number}`,
    'Max-Forwards: 70',
    `From: <sip:x${number}@${DOMAIN}>;tag=${number}`,
    `To: <sip:${number}@${DOMAIN}>`,
    `Call-ID: flood-${number}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:x@${FLOODER}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

test('F01 P16 F15 F22: floods of INVITEs, of garbage and of connections are told; what may be forged bans nobody', async () => {
  const { edge, port } = await serve()
  const invites = Array.from({ length: 500 }, (_, i) => invite(i))
  await floodUntilTold(edge, 'source-flood', () => fling(FLOODER, port, invites))
  const malformed = invites.map(text => text.replace('CSeq: 1 INVITE', 'CSeq: 1 BYE'))
  await floodUntilTold(edge, 'garbage-flood', () => fling(FUZZER, port, malformed))
  const { out } = aspisRun(['ban', 'list', '--format', 'json', '-c', 'aspis.yaml'], edge.folder)
  const orders: readonly { readonly action: string }[] = JSON.parse(out).orders
  assert.ok(!orders.some(({ action }) => action.includes('drop')), out)
  await floodUntilTold(edge, 'connection-flood', () => connections(port, 40))
})

/** Opens connections, and leaves them so. */
async function connections(port: number, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.78' })
    socket.on('error', () => {})
    opened.push({ close: () => socket.destroy() })
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  }
}
