import { type ClientRequest, request as clearRequest, type IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import { type Trial, Unable } from './trial.ts'

const MAX_TEXT = 65_536

/** What the administration of a server is asked over HTTP. */
export interface Asking {
  readonly path: string
  /** Posted; GET when left out. */
  readonly body?: string
  /** Fields beside those that HTTP needs, `Host` among them. */
  readonly fields?: Readonly<Record<string, string>>
}

/** What came. */
export interface Page {
  readonly status: number
  readonly text: string
}

/** A page that only an administrator should read, and what shows that it was read. */
export interface Inner {
  readonly asking: Asking
  tells(text: string): boolean
}

/** A call that changes nothing: the interfaces of Kamailio (`jsonrpcs`) and OpenSIPS (`mi_http`) answer with a result. */
const RPC = (method: string): string => JSON.stringify({ jsonrpc: '2.0', method, id: 1 })

/** Pages of administrations that are known, and of those that are not: whatever lists the users. */
export function innerPages({ target }: Trial): readonly Inner[] {
  const names = [...new Set(target.accounts.map(({ user }) => user))]
  // One name may be a word or a width of any page; two are a list.
  const isOfUsers = (text: string): boolean => {
    const words = new Set(text.match(/[\w.+-]+/g))
    return names.filter(name => words.has(name)).length >= 2
  }
  const isConfiguration = (text: string): boolean => text.includes(target.domain) && !/<html/i.test(text)
  return [
    ...['/', '/users', '/api/users', '/accounts'].map(path => ({ asking: { path }, tells: isOfUsers })),
    ...['/config', '/api/config'].map(path => ({ asking: { path }, tells: isConfiguration })),
    ...['/RPC', '/jsonrpc'].map(path => ({
      asking: { path, body: RPC('core.version') },
      tells: (text: string) => isOfUsers(text) || text.includes('"result"'),
    })),
    { asking: { path: '/mi', body: RPC('version') }, tells: text => text.includes('"result"') },
    { asking: { path: '/ari/asterisk/info' }, tells: text => text.includes('"system"') },
  ]
}

/** Asks for a page; nothing when nobody answers. What it says is not kept as evidence: it may be the secrets of others. */
export async function pageOf(trial: Trial, { path, body, fields = {} }: Asking): Promise<Page | undefined> {
  const { admin } = trial.target
  if (admin === undefined || !URL.canParse(path, admin))
    throw new Unable('the address of the administration is no URL')
  await trial.turn()
  trial.spend(1)
  const url = new URL(path, admin)
  const method = body === undefined ? 'GET' : 'POST'
  const headers = { Host: url.host, 'User-Agent': 'aspis-audit', ...fields }
  const options = { method, headers, timeout: trial.answerMs, rejectUnauthorized: false, agent: false }
  return new Promise(resolve => {
    const asked: ClientRequest =
      url.protocol === 'https:' ? secureRequest(url, options) : clearRequest(url, options)
    asked.on('response', response => {
      note(trial, url, asked, response, Object.entries(headers))
      void textOf(response).then(text => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(undefined))
    asked.end(body)
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('latin1')
  try {
    for await (const part of response) {
      text += String(part)
      if (text.length > MAX_TEXT) break
    }
  } catch {
    // What came until the connection broke is what it said.
  }
  return text
}

function note(
  trial: Trial,
  url: URL,
  asked: ClientRequest,
  response: IncomingMessage,
  fields: readonly (readonly [string, string])[],
): void {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = asked.socket ?? {}
  const rung = {
    who: 'visitor',
    transport: 'HTTP',
    atMs: trial.nowMs(),
    local: { ip: localAddress, port: localPort },
    remote: { ip: remoteAddress, port: remotePort },
  }
  const lines = fields.map(([name, value]) => `${name}: ${value}`)
  const text = [`${asked.method} ${url.pathname} HTTP/1.1`, ...lines, '', ''].join('\r\n')
  trial.ladder.add({ ...rung, isSent: true }, text)
  const status = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n\r\n`
  trial.ladder.add({ ...rung, isSent: false }, status)
}
