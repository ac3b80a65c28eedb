import { type Credential, type Ha1Name, userhashOf } from '../credentials.ts'

interface Domain {
  readonly users: Map<string, Credential>
  /** User names by hash; each made when it is first asked for, as few phones hash their names. */
  readonly byHash: Map<Ha1Name, Map<string, string>>
  md5Users: number
}

/** Every account of this node in memory, by name, by hash of the name and by address-of-record. */
export class CredentialIndex {
  readonly #domains = new Map<string, Domain>()
  /** How many accounts share an address-of-record. */
  readonly #aors = new Map<string, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  find(user: string, domain: string): Credential | undefined {
    const users = this.#domains.get(domain)?.users
    return users?.get(user) ?? users?.get(user.normalize('NFC'))
  }

  findByHash(name: Ha1Name, userhash: string, domain: string): Credential | undefined {
    const found = this.#domains.get(domain)
    if (found === undefined) return undefined
    const user = hashesOf(found, name, domain).get(userhash)
    return user === undefined ? undefined : found.users.get(user)
  }

  hasMd5(domain: string): boolean {
    return (this.#domains.get(domain)?.md5Users ?? 0) > 0
  }

  aorExists(aor: string): boolean {
    return this.#aors.has(aor)
  }

  list(domain: string | undefined): readonly Credential[] {
    const domains = domain === undefined ? [...this.#domains.values()] : [this.#domains.get(domain)]
    return domains.flatMap(each => [...(each?.users.values() ?? [])])
  }

  put(credential: Credential): void {
    this.remove(credential.user, credential.domain)
    const domain = this.#domain(credential.domain)
    domain.users.set(credential.user, credential)
    for (const [name, users] of domain.byHash) {
      users.set(userhashOf(name, credential.user, credential.domain), credential.user)
    }
    if (wantsMd5(credential)) domain.md5Users += 1
    for (const aor of credential.aors) this.#aors.set(aor, (this.#aors.get(aor) ?? 0) + 1)
    this.#count += 1
  }

  remove(user: string, domain: string): boolean {
    const found = this.#domains.get(domain)
    const credential = found?.users.get(user)
    if (found === undefined || credential === undefined) return false
    found.users.delete(user)
    for (const [name, users] of found.byHash) users.delete(userhashOf(name, user, domain))
    if (wantsMd5(credential)) found.md5Users -= 1
    if (found.users.size === 0) this.#domains.delete(domain)
    for (const aor of credential.aors) this.#release(aor)
    this.#count -= 1
    return true
  }

  #release(aor: string): void {
    const left = (this.#aors.get(aor) ?? 0) - 1
    if (left > 0) this.#aors.set(aor, left)
    else this.#aors.delete(aor)
  }

  #domain(name: string): Domain {
    const found = this.#domains.get(name)
    if (found !== undefined) return found
    const added: Domain = { users: new Map(), byHash: new Map(), md5Users: 0 }
    this.#domains.set(name, added)
    return added
  }
}

function hashesOf(domain: Domain, name: Ha1Name, realm: string): Map<string, string> {
  const known = domain.byHash.get(name)
  if (known !== undefined) return known
  const made = new Map<string, string>()
  for (const user of domain.users.keys()) made.set(userhashOf(name, user, realm), user)
  domain.byHash.set(name, made)
  return made
}

function wantsMd5(credential: Credential): boolean {
  return credential.md5Allowed && !credential.disabled
}
