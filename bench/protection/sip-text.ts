import { createHash, randomBytes } from 'node:crypto'

/** What a server asked for with 401 or 407. */
export interface Challenge {
  readonly isProxy: boolean
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: 'MD5' | 'SHA-256'
  readonly hasQop: boolean
  uses: number
}

export function token(): string {
  return randomBytes(8).toString('hex')
}

/** Values of a header field, rows and lists taken apart at nothing: one a row. */
export function rowsOf(text: string, name: string): string[] {
  const found: string[] = []
  const wanted = `\r\n${name.toLowerCase()}:`
  const lower = text.toLowerCase()
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 2)) {
    const from = at + wanted.length
    found.push(text.slice(from, text.indexOf('\r\n', from)).trim())
  }
  return found
}

/** The URI between angle brackets. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0] ?? ''
}

/** The best challenge that a response holds and a phone can answer. */
export function challengeOf(text: string): Challenge | undefined {
  const isProxy = text.startsWith('SIP/2.0 407')
  const all = rowsOf(text, isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate').flatMap(row => {
    const value = (name: string): string | undefined =>
      new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^ ,]*))`, 'i')
        .exec(row)
        ?.slice(1)
        .find(each => each !== undefined)
    const algorithm = (value('algorithm') ?? 'MD5').toUpperCase()
    const nonce = value('nonce')
    if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return []
    const qop = value('qop')?.split(',') ?? []
    return [
      {
        ...{ isProxy, nonce, algorithm, uses: 0 },
        realm: value('realm') ?? '',
        opaque: value('opaque'),
        hasQop: qop.some(each => each.trim() === 'auth'),
      } satisfies Challenge,
    ]
  })
  return all.find(({ algorithm }) => algorithm === 'SHA-256') ?? all[0]
}

/** A header field that answers a challenge (RFC 7616). */
export function credentials(
  challenge: Challenge,
  user: string,
  password: string,
  method: string,
  uri: string,
): string {
  const { realm, nonce, opaque, algorithm, hasQop, isProxy } = challenge
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  challenge.uses += 1
  const count = challenge.uses.toString(16).padStart(8, '0')
  const own = token()
  const [first, second] = [hash(`${user}:${realm}:${password}`), hash(`${method}:${uri}`)]
  const middle = hasQop ? `${nonce}:${count}:${own}:auth` : nonce
  const parts = [
    `username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}"`,
    `response="${hash(`${first}:${middle}:${second}`)}", algorithm=${algorithm}`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(hasQop ? [`qop=auth, nc=${count}, cnonce="${own}"`] : []),
  ]
  return `${isProxy ? 'Proxy-Authorization' : 'Authorization'}: Digest ${parts.join(', ')}`
}

/** A response that a phone gives, with what RFC 3261 §8.2.6 copies. */
export function responseTo(request: string, status: string, tag: string, lines: readonly string[]): string {
  const copied = ['Via', 'Record-Route', 'From', 'Call-ID', 'CSeq'].flatMap(name =>
    rowsOf(request, name).map(value => `${name}: ${value}`),
  )
  const [to = ''] = rowsOf(request, 'To')
  const own = to.includes(';tag=') ? to : `${to};tag=${tag}`
  return `${[`SIP/2.0 ${status}`, ...copied, `To: ${own}`, ...lines, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`
}
