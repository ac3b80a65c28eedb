import { DatabaseSync } from 'node:sqlite'
import type { Account } from '../target.ts'
import { Lock } from './lock.ts'
import { Log } from './log.ts'
import type { Place } from './message.ts'
import { WeakRadius } from './radius-client.ts'
import { WeakResolver } from './resolver.ts'

/** What the weak server is started with, and where it listens; 0 is a free port. */
export interface HouseSetup {
  readonly domain: string
  readonly accounts: readonly Account[]
  readonly ports: Readonly<
    Record<'SIP' | 'TLS' | 'WS' | 'admin' | 'tftp' | 'http' | 'telnet' | 'diameter', number>
  >
  /** Who is asked for names: `127.0.0.1:53`; without, names lead nowhere. */
  readonly nameServer?: string
  /** Who is asked for users that are not known: `127.0.0.1:1812`. */
  readonly radiusServer?: string
}

/** An INVITE that was forwarded, by Call-ID. */
export interface Forwarded {
  readonly place: Place
  readonly text: string
}

/** A connection that stands. */
export interface Connection {
  write(text: string): void
}

/** Everything that the weak server knows; every file reaches into it. */
export class House {
  readonly domain: string
  ports: HouseSetup['ports']
  /** Contacts by user, with the time of their end. */
  readonly bindings = new Map<string, Map<string, number>>()
  readonly calls = new Map<string, Forwarded[]>()
  /** By `host:port` of the peer, and by what the peer says in Via. */
  readonly connections = new Map<string, Connection>()
  readonly log = new Log()
  readonly lock = new Lock()
  /** Set once the sockets stand. */
  send: (place: Place, text: string) => void = () => {}
  readonly radius: WeakRadius | undefined
  readonly resolver: WeakResolver | undefined
  readonly #users = new DatabaseSync(':memory:')

  constructor({ domain, accounts, ports, nameServer, radiusServer }: HouseSetup) {
    this.domain = domain
    this.radius = radiusServer === undefined ? undefined : new WeakRadius(radiusServer)
    this.resolver = nameServer === undefined ? undefined : new WeakResolver(nameServer)
    this.ports = ports
    this.#users.exec('CREATE TABLE users (name TEXT, password TEXT, agent TEXT)')
    for (const { user, authUser = user, password } of accounts) {
      this.#users.prepare('INSERT INTO users VALUES (?, ?, ?)').run(authUser, password, '')
    }
  }

  /** The password of a user; the text goes into the query as it is. */
  password(user: string): string | undefined {
    const row = this.#users.prepare(`SELECT password FROM users WHERE name = '${user}'`).get()
    if (row === undefined) return undefined
    return String(row.password)
  }

  /** Keeps what phone a user has. */
  sawPhone(user: string, agent: string): void {
    this.#users.exec(`UPDATE users SET agent = '${agent}' WHERE name = '${user}'`)
  }

  users(): readonly Readonly<Record<string, unknown>>[] {
    return this.#users.prepare('SELECT * FROM users').all()
  }

  /** Contacts of a user that stand. */
  contacts(user: string): string[] {
    const found = [...(this.bindings.get(user) ?? [])]
    return found.filter(([, endsMs]) => endsMs > Date.now()).map(([uri]) => uri)
  }

  isOwn(host: string, port: number): boolean {
    const isHere = host === '127.0.0.1' || host === 'localhost'
    return (
      host.toLowerCase() === this.domain || (isHere && [5060, ...Object.values(this.ports)].includes(port))
    )
  }
}
