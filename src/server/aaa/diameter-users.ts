import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import type { OutsideGrant } from '../../mechanisms/digest/index.ts'
import { type GrantGround, grantOf } from './grant.ts'

/** One user whom a Diameter server let in. */
interface KnownUser {
  readonly user: string
  readonly realm: string
  grant: OutsideGrant
}

/**
 * Users whom Diameter servers let in, with what their profile grants. Bounded: who is pushed out is granted `sip:user@realm`
 * until the next registration brings the profile again.
 */
export class DiameterUsers {
  readonly #ground: GrantGround
  /** By name and realm. */
  readonly #users = new BoundedMap<string, KnownUser>(LIMITS.maxAaaHashes)
  /** Realms in which a name is known, since servers speak of names alone. */
  readonly #realms = new BoundedMap<string, Set<string>>(LIMITS.maxAaaHashes)

  readonly #granted = new BoundedMap<string, true>(LIMITS.maxAaaHashes)

  constructor(ground: GrantGround) {
    this.#ground = ground
  }

  /** What a user may speak for; it is remembered that there is such a user. @param user Unicode */
  grant(user: string, realm: string): OutsideGrant {
    return (this.#users.get(keyOf(user, realm)) ?? this.#add(user, realm, [])).grant
  }

  has(user: string, realm: string): boolean {
    return this.#users.has(keyOf(user, realm))
  }

  /** Every address-of-record of a name, in all realms; none when nobody of that name was let in. */
  aorsOf(user: string): readonly string[] {
    return this.#of(user).flatMap(({ grant }) => grant.aors)
  }

  /** Takes over a profile. @returns false when nobody of that name was let in */
  profile(user: string, named: readonly string[]): boolean {
    const known = this.#of(user)
    for (const { realm } of known) this.#add(user, realm, named)
    return known.length > 0
  }

  /** Whether somebody was let in who may speak for it. */
  isGranted(aor: string): boolean {
    return this.#granted.get(aor) === true
  }

  forget(user: string): void {
    for (const aor of this.aorsOf(user)) this.#granted.delete(aor)
    for (const { realm } of this.#of(user)) this.#users.delete(keyOf(user, realm))
    this.#realms.delete(user)
  }

  #of(user: string): KnownUser[] {
    const realms = [...(this.#realms.get(user) ?? [])]
    return realms.flatMap(realm => this.#users.get(keyOf(user, realm)) ?? [])
  }

  #add(user: string, realm: string, named: readonly string[]): KnownUser {
    const known = { user, realm, grant: grantOf(user, realm, named, this.#ground) }
    for (const aor of this.#users.get(keyOf(user, realm))?.grant.aors ?? []) this.#granted.delete(aor)
    for (const aor of known.grant.aors) this.#granted.set(aor, true)
    this.#users.set(keyOf(user, realm), known)
    const realms = this.#realms.get(user)
    if (realms === undefined) this.#realms.set(user, new Set([realm]))
    else realms.add(realm)
    return known
  }
}

function keyOf(user: string, realm: string): string {
  return `${user}\n${realm}`
}
