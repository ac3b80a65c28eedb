import { isUtf8 } from 'node:buffer'
import type { Deadlines } from '../../base/deadlines.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  ASSIGNMENT_TYPE,
  AUTHORIZATION_TYPE,
  type LocationAnswer,
  locationInfo,
  RESULT,
  readLocationInfo,
  readServerAssignment,
  readUserAuthorization,
  type ServerRequest,
  type SipOrigin,
  serverAssignment,
  type UserData,
  userAuthorization,
} from '../../mechanisms/aaa/diameter/index.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import { type RequestContext, reply, type Verdict } from '../../pipeline/stage.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import type { LocationStore } from '../../store/location.ts'
import type { DiameterEvents } from './diameter-events.ts'
import type { ConnectedDiameter } from './diameter-links.ts'
import type { DiameterUsers } from './diameter-users.ts'
import type { GrantGround } from './grant.ts'

/** What registrations by Diameter stand on. */
export interface DiameterRegistrarParts {
  readonly diameter: () => ConnectedDiameter | undefined
  readonly origin: () => SipOrigin | undefined
  readonly settings: () => { readonly registrations: boolean; readonly profileType?: string | undefined }
  readonly users: DiameterUsers
  readonly location: LocationStore
  readonly ground: GrantGround
  readonly events: DiameterEvents
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  /** Unix time, ms. */
  readonly wallMs: () => number
  readonly retryAfterSeconds: number
  /** What is remembered of a user's password is void. */
  forget(user: string): void
}

/** A registration is looked at so long after it should have ended; few distinct delays make few lanes of deadlines. */
const LOOK_AGAIN_MS = 30_000

/**
 * Tells Diameter servers who is served here, and does what they ask (RFC 4740 §6): UAR before a registration, SAR before
 * it is stored and after it ended, RTR and PPR from them, LIR for those who are not registered here.
 */
export class DiameterRegistrar {
  readonly #parts: DiameterRegistrarParts
  /** Registered addresses-of-record that a server was told of, with their user. */
  readonly #told = new Map<string, string>()

  constructor(parts: DiameterRegistrarParts) {
    this.#parts = parts
  }

  /** Carries a REGISTER through that proved its user. */
  registering(
    context: RequestContext,
    register: (context: RequestContext) => Verdict | Promise<Verdict>,
  ): Verdict | Promise<Verdict> {
    const caller = context.caller?.caller
    const { request } = context
    const isOurs = caller?.kind === 'user' && this.#parts.users.has(caller.user, caller.domain)
    if (!isOurs || !this.#parts.settings().registrations || request.contacts.length === 0)
      return register(context)
    return this.#register(context, latin1Of(caller.user), register)
  }

  /** Where an address-of-record is served that is not registered here. */
  async locate(aor: string): Promise<LocationAnswer> {
    const { diameter, origin, events } = this.#ground()
    if (diameter === undefined || origin === undefined) return { kind: 'failed', resultCode: 0 }
    const asked = await diameter.ask('LI', locationInfo(origin, aor))
    const said: LocationAnswer = asked.ok
      ? readLocationInfo(asked.value.message)
      : { kind: 'failed', resultCode: 0 }
    events.requests.add(`LI ${asked.ok ? said.kind : asked.error}`)
    return said
  }

  /** Does what a server asks. @returns Result-Code */
  async serve(asked: ServerRequest, peer: string): Promise<number> {
    const result = asked.kind === 'push-profile' ? this.#pushed(asked) : await this.#terminated(asked, peer)
    this.#parts.events.served.add(`${asked.kind} ${result}`)
    return result
  }

  async #register(
    context: RequestContext,
    user: string,
    register: (context: RequestContext) => Verdict | Promise<Verdict>,
  ): Promise<Verdict> {
    const { location } = this.#parts
    const { request, ports, wallMs } = context
    const aor = ownAor(request.to.uri, ports)
    const isRemoval = removesAll(request)
    const refusal = await this.#refusal(aor, user, isRemoval)
    if (refusal !== undefined) return refusal
    if (!isRemoval) {
      const isFirst = location.bindings(aor, wallMs).length === 0
      const type = isFirst ? ASSIGNMENT_TYPE.registration : ASSIGNMENT_TYPE.reRegistration
      const wrong = await this.#assign(aor, user, type)
      if (wrong !== undefined) return wrong
    }
    const verdict = await settled(register(context))
    if (location.bindings(aor, this.#parts.wallMs()).length > 0) this.#watch(aor, user)
    else this.#ended(aor, user, ASSIGNMENT_TYPE.userDeregistration)
    return verdict
  }

  async #refusal(aor: string, user: string, isRemoval: boolean): Promise<Verdict | undefined> {
    const { diameter, origin, events } = this.#ground()
    if (diameter === undefined || origin === undefined) return this.#unavailable()
    const type = isRemoval ? AUTHORIZATION_TYPE.deregistration : AUTHORIZATION_TYPE.registration
    const asked = await diameter.ask('UA', userAuthorization(origin, { aor, user, type }))
    const said = asked.ok ? readUserAuthorization(asked.value.message) : 'failed'
    events.requests.add(`UA ${asked.ok ? said : asked.error}`)
    if (said === 'allowed' || (said === 'not-registered' && isRemoval)) return undefined
    return said === 'failed' ? this.#unavailable() : reply(403, 'registration-not-allowed')
  }

  async #assign(aor: string, user: string, type: number): Promise<Verdict | undefined> {
    const { diameter, origin, events } = this.#ground()
    if (diameter === undefined || origin === undefined) return this.#unavailable()
    const { profileType } = this.#parts.settings()
    const types = profileType === undefined ? [] : [profileType]
    const asked = await diameter.ask('SA', serverAssignment(origin, { aor, user, type }, types))
    const said = asked.ok ? readServerAssignment(asked.value.message) : undefined
    events.requests.add(`SA ${asked.ok ? said?.resultCode : asked.error}`)
    if (said === undefined) return this.#unavailable()
    if (said.isAssigned) {
      this.#takeProfile(nameOf(user), said.userData)
      return undefined
    }
    const isRefusal = said.resultCode >= 5000 && said.resultCode !== RESULT.unableToComply
    return isRefusal ? reply(403, 'registration-not-allowed') : this.#unavailable()
  }

  /** A server is told when the last binding is gone. */
  #watch(aor: string, user: string): void {
    const isNew = !this.#told.has(aor)
    if (isNew && this.#told.size >= LIMITS.maxAaaHashes) return
    this.#told.set(aor, user)
    if (isNew) this.#lookAgain(aor)
  }

  #lookAgain(aor: string): void {
    const { deadlines, nowMs, wallMs, location } = this.#parts
    const lastMs = location
      .bindings(aor, wallMs())
      .reduce((max, { expiresAtMs }) => Math.max(max, expiresAtMs), 0)
    const leftMs = Math.max(1, lastMs - wallMs())
    deadlines.set(nowMs(), Math.ceil(leftMs / LOOK_AGAIN_MS) * LOOK_AGAIN_MS, () => {
      const user = this.#told.get(aor)
      if (user === undefined) return
      if (location.bindings(aor, wallMs()).length > 0) return this.#lookAgain(aor)
      this.#ended(aor, user, ASSIGNMENT_TYPE.timeoutDeregistration)
    })
  }

  #ended(aor: string, user: string, type: number): void {
    this.#told.delete(aor)
    this.#assign(aor, user, type).catch((error: unknown) =>
      this.#parts.events.broke('assignment', error instanceof Error ? error : new Error(String(error))),
    )
  }

  async #terminated(
    asked: Extract<ServerRequest, { kind: 'terminate-registration' }>,
    peer: string,
  ): Promise<number> {
    const { users, ground, events } = this.#parts
    const { user, realm } = asked.user === undefined ? NOBODY : this.#whoIs(asked.user)
    const named = asked.aors.flatMap(text => {
      const uri = parseUri(text)
      return uri.ok ? [ownAor(uri.value, ground)] : []
    })
    const aors = asked.aors.length > 0 || user === undefined ? named : users.aorsOf(user)
    // Accounts of our own are none of the server's business.
    const isMeant = isInRealm(realm, ground)
    const theirs = aors.filter(aor => !ground.isLocal(aor) && isServed(aor, ground) && isMeant(aor))
    if (theirs.length === 0) return RESULT.userUnknown
    const done = await Promise.all(theirs.map(aor => this.#remove(aor)))
    for (const aor of theirs) this.#told.delete(aor)
    if (user !== undefined) {
      this.#parts.forget(user)
      users.forget(user)
    }
    events.terminated(peer, user ?? '', theirs.length)
    return done.every(Boolean) ? RESULT.success : RESULT.unableToComply
  }

  #remove(aor: string): Promise<boolean> {
    const { location, events } = this.#parts
    return new Promise(resolve => {
      location.change(aor, {
        decide: () => [],
        stored: () => resolve(true),
        failed: error => {
          events.broke('terminate', error)
          resolve(false)
        },
      })
    })
  }

  #pushed({ user, userData }: Extract<ServerRequest, { kind: 'push-profile' }>): number {
    const { profileType } = this.#parts.settings()
    const { user: name, realm } = this.#whoIs(user)
    const isMeant = isInRealm(realm, this.#parts.ground)
    if (!this.#parts.users.aorsOf(name).some(isMeant)) return RESULT.userUnknown
    if (userData.some(({ type }) => type !== profileType)) return RESULT.notSupportedUserData
    if (userData.some(({ contents }) => contents.length > LIMITS.maxDiameterProfileBytes))
      return RESULT.tooMuchData
    this.#parts.forget(name)
    this.#takeProfile(name, userData)
    return RESULT.success
  }

  /** A name of an AVP: the whole of it where somebody has that name, else what is before its realm. */
  #whoIs(latin1: string): { readonly user: string; readonly realm: string | undefined } {
    const whole = textOfAvp(latin1)
    if (this.#parts.users.aorsOf(whole).length > 0) return { user: whole, realm: undefined }
    return { user: nameOf(latin1), realm: realmOf(latin1) }
  }

  /** The contents of our type are addresses-of-record, one a line. */
  #takeProfile(user: string, userData: readonly UserData[]): void {
    const { profileType } = this.#parts.settings()
    const ours = userData.filter(
      ({ type, contents }) => type === profileType && contents.length <= LIMITS.maxDiameterProfileBytes,
    )
    if (ours.length === 0) return
    const lines = ours.flatMap(({ contents }) => contents.toString('latin1').split(/\r?\n/))
    this.#parts.users.profile(user, lines.filter(Boolean).slice(0, LIMITS.maxContactsPerRequest))
  }

  #unavailable(): Verdict {
    return reply(503, 'aaa-unavailable', [['Retry-After', String(this.#parts.retryAfterSeconds)]])
  }

  #ground(): { diameter?: ConnectedDiameter; origin?: SipOrigin; events: DiameterEvents } {
    const { diameter, origin, events } = this.#parts
    const [connected, from] = [diameter(), origin()]
    return {
      events,
      ...(connected === undefined ? {} : { diameter: connected }),
      ...(from === undefined ? {} : { origin: from }),
    }
  }
}

/** Whether a REGISTER leaves nothing of what it names: `*`, or every contact with no time left. */
function removesAll(request: SipRequest): boolean {
  const overall = request.header(H.expires)
  return request.contacts.every(contact => {
    if (contact === undefined) return true
    const own = contact.params.get('expires')
    return (own ?? overall) === '0'
  })
}

function settled(verdict: Verdict | Promise<Verdict>): Verdict | Promise<Verdict> {
  if (verdict instanceof Promise || verdict.kind !== 'later') return verdict
  return new Promise(resolve => verdict.whenDecided(resolve))
}

function isServed(aor: string, ground: GrantGround): boolean {
  return ground.servedDomain(aor.slice(aor.lastIndexOf('@') + 1)) !== undefined
}

/** A name in the text of an AVP. */
function latin1Of(user: string): string {
  return Buffer.from(user, 'utf8').toString('latin1')
}

const NOBODY = { user: undefined, realm: undefined }

/** The realm that a server wrote behind a name. */
function realmOf(latin1: string): string | undefined {
  const at = latin1.lastIndexOf('@')
  return at > 0 ? latin1.slice(at + 1).toLowerCase() : undefined
}

/** Whether an address-of-record is of a realm: the same name in another one is somebody else. */
function isInRealm(realm: string | undefined, ground: GrantGround): (aor: string) => boolean {
  const domain = realm === undefined ? undefined : ground.servedDomain(realm)?.name
  return aor => realm === undefined || (domain !== undefined && aor.endsWith(`@${domain}`))
}

/** The text of an AVP. */
function textOfAvp(latin1: string): string {
  const octets = Buffer.from(latin1, 'latin1')
  return isUtf8(octets) ? octets.toString('utf8') : latin1
}

/** A name out of the text of an AVP, without its realm. */
function nameOf(latin1: string): string {
  const name = textOfAvp(latin1)
  const at = name.lastIndexOf('@')
  return at > 0 ? name.slice(0, at) : name
}
